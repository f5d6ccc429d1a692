import { EMPTY, catchError, expand, filter, merge, of, retry, switchMap, take, throwError, timer } from "rxjs";
import type { Observable } from "rxjs";
import { RtcError } from "../../errors/rtcError.js";
import { abortable$ } from "../../interop/abortable.js";
import type { IVoiceGrant, IVoiceSession } from "../../transport/voiceTransport.js";
import { endOfGrant, grantFromAsync, isFinal, renewalDelayMs } from "./grantSource.js";
import type { GrantSource, IGrantRequest } from "./grantSource.js";

/** Retry interval after a failed renewal of the grant, in milliseconds. */
const retryMs = 2_000;

/** Parameters of the renewal. */
export interface IGrantRenewal {
    readonly session: IVoiceSession;
    /** Grant that was used to enter the session. */
    readonly grant: IVoiceGrant;
    readonly request: IGrantRequest;
    /** Source of grants. */
    readonly token: GrantSource;
    /** Called for every failed renewal. */
    readonly onError: (error: RtcError) => void;
}

/**
 * Renews the grant before it expires: when its expiry is near, or when the RTC room sends a notice, whichever comes first. Retries a failed renewal
 * every two seconds. Does not retry a final refusal; the server then removes the member when the grant expires.
 * @param renewals - parameters of the renewal
 * @returns emits the first grant and each renewed one; unsubscribing cancels. Never errors.
 */
export function grantRenewal$({ session, grant, request, token, onError }: IGrantRenewal): Observable<IVoiceGrant> {
    return of(grant).pipe(
        expand((inForce) =>
            due$(session, inForce).pipe(
                // A retry repeats only the request, not the wait before it.
                switchMap(() => renewed$(session, request, token).pipe(retry({ delay: (failure: Failure) => again$(failure, onError) }))),
            ),
        ),
        catchError(() => EMPTY),
    );
}

/** Failure of a renewal. `isFinal`: true if a retry is useless. */
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

/** Emits once, when the grant must be renewed. */
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
            "The voice token could not be renewed; see `cause`. It is retried until the token expires.",
        );
        throw new Failure(error, isFinal(error));
    }
}
