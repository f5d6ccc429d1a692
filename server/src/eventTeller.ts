import { AsyncLocalStorage } from "node:async_hooks";
import { maxIdLength } from "../../protocol/limits.js";
import { describe } from "./log.js";
import { ProtocolError } from "./protocolError.js";
import { AddressLimiter } from "./util/addressLimiter.js";
import { TokenBucket } from "./util/tokenBucket.js";
import type { ISettings } from "./config/settings.js";
import type {
    OnServerEvent,
    ServerEvent,
    ServerEventActor,
    ServerEventBody,
    IServerEventRoom,
    IServerEventTarget,
} from "./serverEvents.js";
import type { IRate } from "./util/tokenBucket.js";

/** Refusals of one address that are told: a hostile client may not flood the app's backend. */
const refusalRate: IRate = { perSecond: 1, burst: 20 };
/** Addresses whose refusals left out are counted. */
const maxCounted = 10_000;
/** Failures of the app's function that are logged. */
const failureRate: IRate = { perSecond: 0.1, burst: 1 };

/** Actor of an event, and the network address; null = not known. */
export interface IEventOrigin {
    readonly actor: ServerEventActor;
    readonly address: string | null;
}

/** Origin of what nobody asked for. */
export const byServer: IEventOrigin = { actor: { kind: "server" }, address: null };
/** Origin of what the app's backend asks for. */
export const byApp: IEventOrigin = { actor: { kind: "app" }, address: null };

/** Origin of what is done within one request or message. The actor of a request is found on the way. */
interface IScope {
    readonly request: string;
    readonly address: string | null;
    actor: ServerEventActor;
    target: IServerEventTarget | null;
}

/**
 * @param user - whom the server knows
 * @param address - from where; empty = not known
 * @returns the origin of what they do
 */
export function byUser({ id, name }: { readonly id: string; readonly name: string }, address = ""): IEventOrigin {
    return { actor: { kind: "user", id, name }, address: address === "" ? null : address };
}

/** Tells the app's backend what happens. Its users hold null in its place where nobody listens, so that nothing is made for nobody. */
export class EventTeller {
    private readonly _scopes = new AsyncLocalStorage<IScope>();
    private readonly _refusals: AddressLimiter;
    private readonly _omitted = new Map<string, number>();
    private readonly _failures: TokenBucket;
    private readonly _onEvent: OnServerEvent;
    private readonly _settings: ISettings;

    /**
     * @param onEvent - the app's function
     * @param settings - the server's
     */
    public constructor(onEvent: OnServerEvent, settings: ISettings) {
        this._onEvent = onEvent;
        this._settings = settings;
        this._refusals = new AddressLimiter(refusalRate, settings.ticks);
        this._failures = new TokenBucket(failureRate, settings.ticks);
    }

    /** Origin of what is being done: that of the request or message, or the server's own. */
    public get origin(): IEventOrigin {
        const scope = this._scopes.getStore();
        return scope ? { actor: scope.actor, address: scope.address } : byServer;
    }

    /**
     * Does something of which everything is told as of one origin, also what comes later.
     * @param request - what was asked, as in `refused`
     * @param origin - who asked
     * @param run - does it
     * @returns what that gives
     */
    public within<T>(request: string, origin: IEventOrigin, run: () => T): T {
        return this._scopes.run({ request, ...origin, target: null }, run);
    }

    /**
     * The same for what an unknown client asks for.
     * @param request - what was asked, as in `refused`
     * @param address - the client's
     * @param run - does it
     * @returns what that gives
     */
    public withinRequest<T>(request: string, address: string, run: () => T): T {
        return this.within(request, { actor: { kind: "unknown" }, address: address === "" ? null : address }, run);
    }

    /**
     * Says who it is that asks.
     * @param user - whom the server knows
     */
    public identify(user: { readonly id: string; readonly name: string }): void {
        const scope = this._scopes.getStore();
        if (scope) {
            ({ actor: scope.actor } = byUser(user));
        }
    }

    /**
     * Says which room is asked for.
     * @param id - its id, as the client or the server says; a long one counts as none
     * @param name - its name
     */
    public want(id: string | undefined, name: string | undefined): void {
        const scope = this._scopes.getStore();
        if (scope) {
            scope.target = { id: id !== undefined && id.length <= maxIdLength ? id : null, name: name ?? null };
        }
    }

    /**
     * @param body - what happened
     * @param origin - by whom. Default: who asked for what is being done.
     */
    public tell(body: ServerEventBody, origin: IEventOrigin = this.origin): void {
        // A copy, because the app may do with it as it likes.
        const event = structuredClone<ServerEvent>({ ...body, time: this._settings.now(), actor: origin.actor, address: origin.address });
        this._scopes.exit(() => queueMicrotask(() => this._call(event)));
    }

    /**
     * Tells of a refusal, unless the address had too many.
     * @param error - why
     * @param room - where. Default: the room that was asked for.
     */
    public refuse(error: unknown, room?: IServerEventRoom): void {
        const { actor, address } = this.origin;
        const key = address ?? "";
        const omitted = this._omitted.get(key) ?? 0;
        if (!this._refusals.take(key)) {
            this._countOmitted(key, omitted + 1);
            return;
        }
        this._omitted.delete(key);
        const { reason, sentence: message } = ProtocolError.From(error);
        const { request = "", target = null } = this._scopes.getStore() ?? {};
        this.tell({ type: "refused", room: room ?? target, request, reason, message, omitted }, { actor, address });
    }

    private _countOmitted(key: string, count: number): void {
        if (count === 1 && this._omitted.size >= maxCounted) {
            const [oldest = ""] = this._omitted.keys();
            this._omitted.delete(oldest);
        }
        this._omitted.set(key, count);
    }

    private _call(event: ServerEvent): void {
        try {
            Promise.resolve(this._onEvent(event)).catch((error: unknown) => this._onFailure(error));
        } catch (error) {
            this._onFailure(error);
        }
    }

    private _onFailure(error: unknown): void {
        if (this._failures.take()) {
            this._settings.log("error", `onEvent failed: ${describe(error)}`);
        }
    }
}

/**
 * @param onEvent - the option; undefined = nobody listens
 * @param settings - the server's
 * @returns what tells; null if nobody listens
 */
export function createEventTeller(onEvent: OnServerEvent | undefined, settings: ISettings): EventTeller | null {
    return onEvent ? new EventTeller(onEvent, settings) : null;
}
