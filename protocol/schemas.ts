/**
 * Schemas of all values that a client sends. The server validates each value before use; the browser package does not use these schemas. Each schema
 * belongs to a type in `wire.ts`. If a value is invalid, the client receives the schema's message, with the error code `invalidRequest`. For
 * another error code, the message text begins with that code: `code: sentence`.
 */
import * as v from "valibot";
import {
    defaultRoomsPerPage,
    guestKeyLength,
    hasIdLength,
    maxAttributesBytes,
    maxBanSeconds,
    maxBlocks,
    maxDescriptionLength,
    maxGrantLength,
    maxGuestNameLength,
    maxIdLength,
    maxInvitationLength,
    maxInvitationSeconds,
    maxMessageBytes,
    maxPasswordLength,
    maxPropertiesBytes,
    maxPropertyKeyLength,
    maxRoomMessageBytes,
    maxRoomNameLength,
    maxRoomsPerPage,
    maxTopicLength,
} from "./limits.js";
import { isPlainObject, toPlainJson, toPlainObject } from "./plainJson.js";
import { toLine, toName, toText } from "./text.js";
import type {
    IAsked,
    IEnterRequest,
    IGrantRequest,
    IGuestRequest,
    IResumeRequest,
    IRoomAsks,
    IRoomClientMessages,
    IRoomJoinRequest,
    IRoomListRequest,
    IRtcAsks,
    IRtcClientMessages,
    IRtcJoinRequest,
    JoinPolicy,
    ModerationAction,
    ProtocolErrorCode,
} from "./wire.js";

/** Schema that accepts a value of any type as input, and has this output type. */
export type Schema<Output> = v.GenericSchema<unknown, Output>;

/** Output of the schema for a wire type. Each optional field is present, with the value undefined if it was not sent. */
type Parsed<Wire> = Wire extends Uint8Array
    ? Wire
    : Wire extends object
      ? { [Key in keyof Wire]-?: Partial<Pick<Wire, Key>> extends Pick<Wire, Key> ? Wire[Key] | undefined : Wire[Key] }
      : Wire;
type SchemaFor<Wire> = Schema<Parsed<Wire>>;
type SchemasFor<Messages> = { readonly [Type in keyof Messages]: SchemaFor<Messages[Type]> };
/** Schemas of the requests in a table of requests and answers. */
type SchemasForAsks<Asks extends { readonly [Type in keyof Asks]: readonly [unknown, unknown] }> = {
    readonly [Type in keyof Asks]: SchemaFor<Asks[Type][0]>;
};

// ---- parts ----

/** Schema with a message for invalid values. Parts of the schema can have more specific messages. */
function told<Output>(message: string, schema: Schema<Output>): Schema<Output> {
    return v.config(schema, { message });
}

/** Message with an error code other than `invalidRequest`: `code: sentence`. */
function refusal(code: ProtocolErrorCode, sentence: string): string {
    return `${code}: ${sentence}`;
}

/**
 * Replaces a BigInt before validation. MessagePack supports BigInts; the protocol does not use them. Valibot converts an invalid value to a string, which
 * takes half a second for a BigInt of 130 KB.
 * @param value - value from a client, or a field of one
 * @returns NaN for a BigInt, because no schema accepts NaN as a number; any other value unchanged
 */
export function withoutBigInt(value: unknown): unknown {
    return typeof value === "bigint" ? NaN : value;
}

/** Schema from a conversion function; if it returns undefined, the value is invalid. */
function read<Output>(toOutput: (value: unknown) => Output | undefined): Schema<Output> {
    return v.pipe(
        v.unknown(),
        v.rawTransform<unknown, Output>(({ dataset, addIssue, NEVER }) => {
            const output = toOutput(dataset.value);
            if (output === undefined) {
                addIssue();
                return NEVER;
            }
            return output;
        }),
    );
}

/** Schema of an object with these fields; further fields are ignored. A value that is not a plain object is treated as `{}`. */
function fields<Entries extends Readonly<Record<string, Schema<unknown>>>>(
    entries: Entries,
): Schema<{ [Key in keyof Entries]: v.InferOutput<Entries[Key]> }> {
    const names = Object.keys(entries);
    return v.pipe(
        v.unknown(),
        v.transform((value) => {
            const source = isPlainObject(value) ? value : {};
            return Object.fromEntries(names.map((name) => [name, withoutBigInt(source[name])]));
        }),
        v.object(entries) as Schema<{ [Key in keyof Entries]: v.InferOutput<Entries[Key]> }>,
    );
}

/** Schema of an optional value. */
function optional<Output>(schema: Schema<Output>): Schema<Output | undefined> {
    return v.optional(schema);
}

/** Schema of an optional value; an invalid value is treated as undefined. */
function lenient<Output>(schema: Schema<Output>): Schema<Output | undefined> {
    return v.fallback(optional(schema), undefined);
}

const anything: Schema<unknown> = v.unknown();
const nothing: Schema<undefined> = v.pipe(
    anything,
    v.transform(() => undefined),
);
const plainObject: Schema<unknown> = v.custom<unknown>(isPlainObject);
const boolean: Schema<boolean> = v.boolean();
const string: Schema<string> = v.string();
const id: Schema<string> = v.pipe(v.string(), v.check(hasIdLength));
const memberId = told("`id` must be a member's id.", string);

function whole(name: string, min: number, max: number): Schema<number> {
    return told(
        `\`${name}\` must be a whole number from ${min} to ${max}.`,
        v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max)),
    );
}

/** Schema of one line of text, trimmed. */
function line(maxLength: number): Schema<string> {
    return read((value) => toLine(value, maxLength));
}

const attributes = told(
    `Attributes must be an object of at most ${maxAttributesBytes / 1024} KiB as JSON, those from the sign-in included.`,
    read((value) => toPlainObject(value, maxAttributesBytes)),
);
const guestName = told(
    `A name must have 1 to ${maxGuestNameLength} characters without control characters, at least one of them visible.`,
    read((value) => toName(value, maxGuestNameLength)),
);
const guestKey: Schema<string> = v.pipe(v.string(), v.length(guestKeyLength), v.regex(/^[a-z0-9]+$/i));
const description = told(
    `A description must have at most ${maxDescriptionLength} characters, without control characters except line breaks.`,
    read((value) => toText(value, maxDescriptionLength)),
);
const password = told(
    `A password must have 1 to ${maxPasswordLength} characters.`,
    v.pipe(
        v.string(),
        v.minLength(1),
        v.maxLength(2 * maxPasswordLength),
        v.check((text) => Array.from(text).length <= maxPasswordLength),
    ),
);
/** Changes of a room's properties, by key; null removes the key. */
const propertyChanges = told(
    `Properties must be an object of at most ${maxPropertiesBytes / 1024} KiB as JSON, whose keys have 1 to ${maxPropertyKeyLength} characters.`,
    v.pipe(
        read((value) => toPlainObject(value, 2 * maxPropertiesBytes)),
        v.check((changes) => Object.keys(changes).every((key) => key !== "" && Array.from(key).length <= maxPropertyKeyLength)),
    ),
);

/** All properties of a room, as they are after a change. */
export const roomProperties = told(
    `A room's properties must have at most ${maxPropertiesBytes / 1024} KiB in total, as JSON.`,
    read((value) => toPlainObject(value, maxPropertiesBytes)),
);

// ---- HTTP ----

/** Body of `POST {path}/guest`. */
export const guestRequest = fields({
    name: guestName,
    key: told(`\`key\` must be ${guestKeyLength} letters and digits.`, optional(guestKey)),
}) satisfies SchemaFor<IGuestRequest>;

/** Body of `POST {path}/token`. */
export const grantRequest = fields({
    room: told(`\`room\` must be a room's id of 1 to ${maxIdLength} characters.`, line(maxIdLength)),
}) satisfies SchemaFor<IGrantRequest>;

/** Body of `POST {path}/resume`. */
export const resumeRequest = fields({ room: string, id: string, secret: string }) satisfies SchemaFor<IResumeRequest>;

/** Body of `POST {path}/rooms`. */
export const roomListRequest = fields({
    limit: v.optional(whole("limit", 1, maxRoomsPerPage), defaultRoomsPerPage) as Schema<number>,
    cursor: told("`cursor` must be the `next` value of the previous page.", optional(v.pipe(v.string(), v.check(isCursor)))),
}) satisfies SchemaFor<IRoomListRequest>;

/** True for the base64url encoding of a non-empty UTF-8 text, without padding. */
function isCursor(text: string): boolean {
    const title = Buffer.from(text, "base64url").toString();
    return title !== "" && Buffer.from(title).toString("base64url") === text;
}

// ---- room type "room" ----

const policies: readonly JoinPolicy[] = ["everyone", "friends", "invited"];
const privateOrPolicy = `\`private\` must be a boolean, and \`policy\` one of ${policies.join(", ")}.`;
/** Join options. No option can have the name of a member of `Object.prototype`, because Colyseus calls methods of the options object. */
const joinOptions: Schema<unknown> = v.pipe(
    told("Join options must be an object.", plainObject),
    v.check(
        (options) => Object.keys(options as object).every((name) => !(name in Object.prototype)),
        "Join options cannot have names such as `constructor` or `__proto__`.",
    ),
);
/** Credential of the user, which the sign-in verifies. A value that is not a string is treated as an empty string, which is always refused. */
const identity = v.fallback(string, "") as Schema<string>;
const ownAttributes = v.nullish(attributes, {}) as typeof attributes;

const joinByName = fields({
    name: told(
        refusal(
            "invalidRoomName",
            `A room's name must have 1 to ${maxRoomNameLength} characters without control characters, at least one of them visible.`,
        ),
        read((value) => toName(value, maxRoomNameLength)),
    ),
    id: nothing,
    user: nothing,
    invitation: nothing,
    private: told(privateOrPolicy, v.optional(boolean, false) as Schema<boolean>),
    policy: told(privateOrPolicy, v.optional(v.picklist(policies), "everyone") as Schema<JoinPolicy>),
    /** Later clamped to the range from 1 to the server's limit. If absent or invalid, the server's limit is used. */
    maxMembers: lenient(v.pipe(v.number(), v.finite())),
    description: v.optional(description, ""),
    properties: v.optional(propertyChanges, {}),
    password: optional(password),
    attributes: ownAttributes,
    identity,
});

/** Fields for joining an existing room. Options for a new room are ignored. */
const ofExisting = {
    name: nothing,
    private: nothing,
    policy: nothing,
    maxMembers: nothing,
    description: nothing,
    properties: nothing,
    /** Compared with the room's password, so its length is not checked. A value that is not a string is treated as absent. */
    password: lenient(string),
    attributes: ownAttributes,
    identity,
};
const joinById = fields({
    id: told(refusal("roomNotFound", "No room with this id exists (any more)."), string),
    user: told("`user` must be the id of a user.", optional(string)),
    invitation: nothing,
    ...ofExisting,
});
const joinByInvitation = fields({
    id: nothing,
    user: nothing,
    invitation: told(
        refusal("tokenInvalid", "The invitation token is missing or invalid."),
        v.pipe(v.string(), v.maxLength(maxInvitationLength)),
    ),
    ...ofExisting,
});

/** Options for joining a room of type `room`, by name, id or invitation. */
export const roomJoinRequest = v.pipe(
    joinOptions,
    v.check((options) => targetsOf(options).length <= 1, "Set only one of `name`, `id` and `invitation`."),
    v.lazy((options) => {
        const [target] = targetsOf(options);
        if (target === "id") {
            return joinById;
        }
        return target === "invitation" ? joinByInvitation : joinByName;
    }),
) satisfies SchemaFor<IRoomJoinRequest>;

/** Keys of the options that identify the room. */
function targetsOf(options: unknown): readonly ("name" | "id" | "invitation")[] {
    return (["name", "id", "invitation"] as const).filter((key) => isPlainObject(options) && options[key] !== undefined);
}

/** Body of `POST {path}/enter`. The join options are validated later, with `roomJoinRequest`. */
export const enterRequest = fields({
    join: joinOptions,
    guest: told("`guest` must be an object.", optional(plainObject)),
    create: told("`create` must be a boolean.", boolean),
    voice: told("`voice` must be a boolean.", v.optional(boolean, false) as Schema<boolean>),
}) satisfies Schema<Record<keyof IEnterRequest, unknown>>;

/** Options for joining a room by name. The join creates the room if it does not exist. */
export type JoinByName = v.InferOutput<typeof joinByName>;

/** Messages from a client in a room, by type. */
export const roomClientMessages = {
    attributes,
    message: told(
        `A message must have a topic of 1 to ${maxTopicLength} characters. Topic and data together may have at most ${maxRoomMessageBytes / 1024} KiB as JSON.`,
        v.pipe(
            fields({ topic: line(maxTopicLength), data: read((value) => toPlainJson(value ?? null, maxRoomMessageBytes)) }),
            v.check((message) => Buffer.byteLength(JSON.stringify(message)) <= maxRoomMessageBytes),
        ),
    ),
} satisfies SchemasFor<IRoomClientMessages>;

/** Requests from a member of a room, by type. */
export const roomAsks = {
    lock: told("`lock` requires `{ locked: boolean }`.", fields({ locked: boolean })),
    kick: fields({ seconds: whole("seconds", 0, maxBanSeconds), id: memberId }),
    owner: fields({ id: memberId }),
    describe: fields({ description }),
    properties: fields({ changes: propertyChanges }),
    password: fields({ password: v.nullable(password) }),
    invite: fields({ seconds: whole("seconds", 1, maxInvitationSeconds), userId: told("`userId` must be a user's id.", optional(id)) }),
    revoke: fields({ by: told("`by` must be a user's id.", optional(id)) }),
    destroy: fields({}),
    self: fields({ name: optional(guestName), attributes: optional(attributes) }),
} satisfies SchemasForAsks<IRoomAsks>;

// ---- room type "rtc" ----

const grantToken = told(refusal("tokenInvalid", "The grant token is missing or invalid."), v.pipe(v.string(), v.maxLength(maxGrantLength)));
const blocks = told(
    `\`blocks\` must be a list of at most ${maxBlocks} ids.`,
    v.pipe(
        v.custom<unknown[]>((value) => Array.isArray(value) && value.length <= maxBlocks),
        v.array(id),
    ),
);

/** Fields for joining an RTC room, in the join options or the `enter` message. */
const entering = { blocks: optional(blocks), dataInRtp: lenient(boolean), peerToken: lenient(string) };

/** Options for joining a room of type `rtc`. */
export const rtcJoinRequest = v.pipe(
    joinOptions,
    fields({
        token: grantToken,
        room: told(refusal("tokenInvalid", "This grant is for another room."), string),
        ...entering,
    }),
) satisfies SchemaFor<IRtcJoinRequest>;

/** Messages from a client in an RTC room, by type. */
export const rtcClientMessages = {
    enter: fields(entering),
    mute: told("`mute` requires `{ muted: boolean }`.", fields({ muted: boolean })),
    interest: told("`interest` requires `{ to, interest }`.", fields({ to: string, interest: v.picklist(["off", "warm", "on"]) })),
    state: told(
        "`state` requires `{ publishing?: boolean, capturing?: boolean }`.",
        v.pipe(plainObject, fields({ publishing: optional(boolean), capturing: optional(boolean) })),
    ),
} satisfies SchemasFor<IRtcClientMessages>;

const moderations = {
    mute: v.object({ action: v.literal("mute"), id }),
    muteAll: v.object({ action: v.literal("muteAll") }),
    inviteToUnmute: v.object({ action: v.literal("inviteToUnmute"), id }),
    remove: v.object({ action: v.literal("remove"), id, seconds: v.pipe(v.number(), v.minValue(0), v.maxValue(maxBanSeconds)) }),
} satisfies {
    readonly [Action in ModerationAction["action"]]: v.GenericSchema<
        { action: Action },
        Extract<ModerationAction, { readonly action: Action }>
    >;
};

/** All moderation actions. */
export const moderationActions = Object.values(moderations).map(({ entries }) => entries.action.literal);

/** Message for a malformed `block`, or a `block` with the sender's own id. */
export const blockSentence = "`block` requires `{ id, blocked }`: another user's id, and a boolean.";
/** Message for a malformed `send`, or a `send` to the sender itself. */
export const sendSentence = "`send` requires `{ to?, data }`: another member's id, and a string or bytes.";

/** Requests from a client in an RTC room, by type. */
export const rtcAsks = {
    renew: fields({ token: grantToken }),
    block: told(blockSentence, fields({ id, blocked: boolean })),
    moderate: told(
        `\`moderate\` requires an \`action\` (mute, muteAll, inviteToUnmute, remove), a member's \`id\` (except for muteAll), and \`seconds\` (0 to ${maxBanSeconds}) for remove.`,
        v.pipe(
            plainObject,
            fields({ action: anything, id: anything, seconds: anything }),
            v.variant("action", Object.values(moderations)) as Schema<ModerationAction>,
        ),
    ),
    send: told(
        sendSentence,
        fields({
            to: optional(string),
            data: v.pipe(
                v.union([v.string(), v.instance(Uint8Array)]),
                v.check(
                    (data) => bytesOf(data) <= maxMessageBytes,
                    ({ input }) =>
                        refusal("tooLarge", `A message may have at most ${maxMessageBytes} bytes; this one has ${bytesOf(input)}.`),
                ),
            ),
        }),
    ),
} satisfies SchemasForAsks<IRtcAsks>;

/**
 * @param data - content of a message
 * @returns size in bytes; for a string, the size of its UTF-8 encoding
 */
export function bytesOf(data: string | Uint8Array): number {
    return typeof data === "string" ? Buffer.byteLength(data) : data.length;
}

/** Envelope of every request: number and content of the request. */
export const asked = v.pipe(plainObject, fields({ ask: v.number(), value: anything })) satisfies SchemaFor<IAsked<unknown>>;

// ---- signalling ----

/** Reference to a PeerJS audio call, by its connection id. */
const ofCall = v.object({ type: v.literal("media"), connectionId: v.pipe(v.string(), v.maxLength(64)) });

/** PeerJS signalling messages that our client sends to the server or to another peer. Further fields are not validated. */
export const signal = v.variant("type", [
    v.object({ type: v.literal("HEARTBEAT") }),
    v.object({ type: v.picklist(["OFFER", "ANSWER", "CANDIDATE"]), dst: v.string(), payload: ofCall }),
]);
