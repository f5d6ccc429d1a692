import { EMPTY, catchError, expand, filter, merge, of, retry, switchMap, take, throwError, timer } from "rxjs";
import type { Observable } from "rxjs";
import { RtcError } from "../../errors/rtcError.js";
import { abortable$ } from "../../interop/abortable.js";
import type { IVoiceGrant, IVoiceSession } from "../../transport/voiceTransport.js";
import { endOfGrant, grantFromAsync, isFinal, renewalDelayMs } from "./grantSource.js";
import type { GrantSource, IGrantRequest } from "./grantSource.js";

/** Delay before asking once more for a grant that could not be renewed, in milliseconds. */
const retryMs = 2_000;

/** Parts of the renewal. */
export interface IGrantRenewal {
    readonly session: IVoiceSession;
    /** The grant that the session was entered with. */
    readonly grant: IVoiceGrant;
    readonly request: IGrantRequest;
    /** Source of grants. */
    readonly token: GrantSource;
    /** Hears of every renewal that failed. */
    readonly onError: (error: RtcError) => void;
}

/**
 * Puts a new grant in place of each before it ends: when the grant's own end is near, or when the RTC room says so, whichever comes first. What
 * fails is tried again every two seconds; what is refused for good is not, and then the member is put out at the grant's end.
 * @param renewals - what they stand on
 * @returns emits each grant that came into force; unsubscribing cancels. Never errors.
 */
export function grantRenewal$({ session, grant, request, token, onError }: IGrantRenewal): Observable<IVoiceGrant> {
    return of(grant).pipe(
        expand((inForce) =>
            due$(session, inForce).pipe(
                // Only the asking is done again: the wait before it is over.
                switchMap(() => renewed$(session, request, token).pipe(retry({ delay: (failure: Failure) => again$(failure, onError) }))),
            ),
        ),
        catchError(() => EMPTY),
    );
}

/** Why a renewal failed, and whether that is that. */
class Failure extends Error {
    public readonly error: RtcError;
    public readonly isFinal: boolean;

    public constructor(error: RtcError, isFinal: boolean) {
        super(error.message, { cause: error });
        this.error = error;
        this.isFinal = isFinal;
    }
}

function again$({ error, isFinal: over }: Failure, onError: (error: RtcError) => void): Observable<unknown> {
    onError(error);
    return over ? throwError(() => error) : timer(retryMs);
}

/** Emits once, when it is time. */
function due$({ notices$ = EMPTY }: IVoiceSession, grant: IVoiceGrant): Observable<unknown> {
    const byNotice$ = notices$.pipe(filter(({ type }) => type === "expiring"));
    const end = endOfGrant(grant);
    const byClock$ = end === undefined ? EMPTY : timer(renewalDelayMs(end, performance.now()));
    return merge(byNotice$, byClock$).pipe(take(1));
}

function renewed$(session: IVoiceSession, request: IGrantRequest, token: GrantSource): Observable<IVoiceGrant> {
    return abortable$((signal) => renewAsync(session, request, token, signal)).pipe(take(1));
}

async function renewAsync(session: IVoiceSession, request: IGrantRequest, token: GrantSource, signal: AbortSignal): Promise<IVoiceGrant> {
    try {
        const grant = await grantFromAsync(token, request, signal);
        await session.renewAsync(grant);
        return grant;
    } catch (cause) {
        const error = RtcError.From(
            cause,
            "unknown",
            "The voice token could not be renewed. `cause` says why; it is tried again until the token ends.",
        );
        throw new Failure(error, isFinal(error));
    }
}
