import { AsyncLocalStorage } from "node:async_hooks";
import { hasIdLength } from "../../protocol/limits.js";
import { describe } from "./log.js";
import { ProtocolError } from "./protocolError.js";
import { AddressLimiter } from "./util/addressLimiter.js";
import { networkOf } from "./util/network.js";
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

/** Rate limit of refusal events for one address, so that a hostile client cannot flood the app's backend. */
const refusalRate: IRate = { perSecond: 1, burst: 20 };
/** Most addresses whose omitted refusals are counted. */
const maxCounted = 10_000;
/** Rate limit of log lines about failures of `onEvent`. */
const failureRate: IRate = { perSecond: 0.1, burst: 1 };

/** Actor of an event, and the network address; null = not known. */
export interface IEventOrigin {
    readonly actor: ServerEventActor;
    readonly address: string | null;
}

/** Origin of events that the server causes itself. */
export const byServer: IEventOrigin = { actor: { kind: "server" }, address: null };
/** Origin of events that the app's backend causes. */
export const byApp: IEventOrigin = { actor: { kind: "app" }, address: null };

/** Origin of everything done within one request or message. The actor becomes known once the request is authenticated. */
interface IScope {
    readonly request: string;
    readonly address: string | null;
    actor: ServerEventActor;
    target: IServerEventTarget | null;
}

/**
 * @param user - authenticated user
 * @param address - the user's network address; empty = unknown
 * @returns the origin of events that the user causes
 */
export function byUser({ id, name }: { readonly id: string; readonly name: string }, address = ""): IEventOrigin {
    return { actor: { kind: "user", id, name }, address: address === "" ? null : address };
}

/** Sends events to the app's backend. Without `onEvent`, the server holds null instead, so that no events are created. */
export class EventTeller {
    private readonly _scopes = new AsyncLocalStorage<IScope>();
    private readonly _refusals: AddressLimiter;
    private readonly _omitted = new Map<string, number>();
    private readonly _failures: TokenBucket;
    private readonly _onEvent: OnServerEvent;
    private readonly _settings: ISettings;

    /**
     * @param onEvent - the app's function
     * @param settings - settings of the server
     */
    public constructor(onEvent: OnServerEvent, settings: ISettings) {
        this._onEvent = onEvent;
        this._settings = settings;
        this._refusals = new AddressLimiter(refusalRate, settings.ticks);
        this._failures = new TokenBucket(failureRate, settings.ticks);
    }

    /** Origin of the present request or message, or else the server itself. */
    public get origin(): IEventOrigin {
        const scope = this._scopes.getStore();
        return scope ? { actor: scope.actor, address: scope.address } : byServer;
    }

    /**
     * Runs a function with an origin. All events that it causes have that origin, also those of its asynchronous parts.
     * @param request - kind of request, as in the event `refused`
     * @param origin - origin of the events
     * @param run - function to run
     * @returns the result of the function
     */
    public within<T>(request: string, origin: IEventOrigin, run: () => T): T {
        return this._scopes.run({ request, ...origin, target: null }, run);
    }

    /**
     * Runs a function with the origin of a client that is not authenticated yet.
     * @param request - kind of request, as in the event `refused`
     * @param address - network address of the client
     * @param run - function to run
     * @returns the result of the function
     */
    public withinRequest<T>(request: string, address: string, run: () => T): T {
        return this.within(request, { actor: { kind: "unknown" }, address: address === "" ? null : address }, run);
    }

    /**
     * Sets the actor of the present request.
     * @param user - authenticated user
     */
    public identify(user: { readonly id: string; readonly name: string }): void {
        const scope = this._scopes.getStore();
        if (scope) {
            ({ actor: scope.actor } = byUser(user));
        }
    }

    /**
     * Sets the target room of the present request.
     * @param id - id of the room, from the client or the server; ignored if it is too long
     * @param name - name of the room
     */
    public want(id: string | undefined, name: string | undefined): void {
        const scope = this._scopes.getStore();
        if (scope) {
            scope.target = { id: id !== undefined && hasIdLength(id) ? id : null, name: name ?? null };
        }
    }

    /**
     * Sends an event.
     * @param body - the event
     * @param origin - actor and address. Default: those of the present request.
     */
    public tell(body: ServerEventBody, origin: IEventOrigin = this.origin): void {
        // A copy, because the app may modify the event.
        const event = structuredClone<ServerEvent>({ ...body, time: this._settings.now(), actor: origin.actor, address: origin.address });
        this._scopes.exit(() => queueMicrotask(() => this._call(event)));
    }

    /**
     * Sends a `refused` event, unless the address exceeds the rate limit.
     * @param error - reason
     * @param room - room of the refusal. Default: the target of the present request.
     */
    public refuse(error: unknown, room?: IServerEventRoom): void {
        const { actor, address } = this.origin;
        const key = networkOf(address ?? "");
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
 * @param onEvent - option `onEvent`; undefined = not set
 * @param settings - settings of the server
 * @returns the sender of events; null without `onEvent`
 */
export function createEventTeller(onEvent: OnServerEvent | undefined, settings: ISettings): EventTeller | null {
    return onEvent ? new EventTeller(onEvent, settings) : null;
}
