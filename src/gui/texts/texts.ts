import type { LinkQuality, RtcError, RtcErrorCode } from "../../index.js";
import type { IActionHelp, IHelp } from "./help.js";
import { mergedTexts } from "./mergedTexts.js";
import { roomTexts } from "./roomTexts.js";
import type { IRoomTexts } from "./roomTexts.js";
import { settingsTexts } from "./settingsTexts.js";
import type { ISettingsTexts } from "./settingsTexts.js";
import type { VoiceSign } from "./voiceStateTexts.js";

/** Texts of the wrist menu. Texts that it shares with the bar are in `IGuiTexts.bar`. */
export interface IWristTexts {
    /** Accessible name of the menu. */
    readonly label: string;
    /** Button that shows and hides the panel. */
    readonly panel: string;
    /** Accessible name of the level meter. */
    readonly level: string;
}

/** All texts that the controls show or announce. An app can replace any of them, for example for another language. */
export interface IGuiTexts {
    /** The panel and its head. */
    readonly panel: {
        /** Accessible name of the panel. */
        readonly label: string;
        readonly notIn: string;
        readonly alone: string;
        readonly count: (members: number) => string;
        readonly fold: string;
        readonly unfold: string;
    };
    /** The list of members. */
    readonly roster: {
        readonly label: string;
        readonly you: (name: string) => string;
        readonly silence: (name: string) => string;
        readonly more: (name: string) => string;
        readonly volume: (name: string) => string;
        readonly mute: (name: string) => string;
        readonly invite: (name: string) => string;
        readonly remove: (name: string) => string;
        readonly confirmRemove: (name: string) => string;
        readonly muteButton: string;
        readonly inviteButton: string;
        readonly removeButton: string;
        readonly confirmButton: string;
        /** Advice below a member to whom there is no network path. */
        readonly noPath: (name: string) => string;
    };
    /** States of a member's voice. */
    readonly signs: Readonly<Record<VoiceSign, string>>;
    /** Grades of the link to a member. */
    readonly quality: Readonly<Record<LinkQuality, string>>;
    /** Buttons of the local member. */
    readonly bar: {
        readonly label: string;
        readonly mute: string;
        readonly unmute: string;
        readonly deafen: string;
        readonly undeafen: string;
        readonly leave: string;
        readonly rooms: string;
        readonly settings: string;
        readonly enterXr: string;
        readonly exitXr: string;
        /** Button to hold on a touch screen in push-to-talk mode; `holdToMute` in push-to-mute mode. */
        readonly holdToTalk: string;
        readonly holdToMute: string;
    };
    /** The room list. */
    readonly rooms: IRoomTexts;
    /** Texts of the settings. */
    readonly settings: ISettingsTexts;
    /** The menu on the wrist. */
    readonly wrist: IWristTexts;
    /** Notices about states that need attention. */
    readonly notices: {
        readonly label: string;
        readonly dismiss: (title: string) => string;
        readonly outOfRoom: IActionHelp;
        readonly lost: IActionHelp;
        readonly soundOff: IActionHelp;
        /** A call, another app or the system has interrupted the sound, or the audio engine was disposed. */
        readonly soundTaken: IActionHelp;
        readonly reconnecting: IHelp;
        readonly connecting: IHelp;
        readonly askingMicrophone: IHelp;
        readonly noMicrophone: IHelp;
        readonly mutedByModerator: IHelp;
        readonly unmuteInvited: IActionHelp;
        /** Button of a notice about a microphone that failed. */
        readonly microphoneAction: string;
    };
    /** Announcements for screen readers. */
    readonly status: {
        readonly inRoom: (room: string) => string;
        readonly withYou: (names: readonly string[]) => string;
        readonly alone: string;
        readonly muted: string;
        readonly deafened: string;
    };
    /** Explanation of each error for the player. */
    readonly errors: Readonly<Record<RtcErrorCode, IHelp>>;
}

/** Texts that replace some of the default ones. */
export type GuiTextChanges = { readonly [Section in keyof IGuiTexts]?: Partial<IGuiTexts[Section]> };

/** The English texts. */
export const defaultTexts: IGuiTexts = {
    panel: {
        label: "Voice chat",
        notIn: "not in",
        alone: "only you",
        count: (members) => `${members} here`,
        fold: "Hide the members",
        unfold: "Show the members",
    },
    roster: {
        label: "Members",
        you: (name) => `${name} (you)`,
        silence: (name) => `Silence ${name}`,
        more: (name) => `More about ${name}`,
        volume: (name) => `Volume of ${name}`,
        mute: (name) => `Mute ${name} for everybody`,
        invite: (name) => `Ask ${name} to speak`,
        remove: (name) => `Remove ${name} from the room`,
        confirmRemove: (name) => `Really remove ${name} from the room?`,
        muteButton: "Mute for all",
        inviteButton: "Ask to speak",
        removeButton: "Remove",
        confirmButton: "Really?",
        noPath: (name) => `No connection to ${name}. It is retried automatically; another network may help.`,
    },
    signs: {
        silent: "silent",
        speaking: "speaking",
        muted: "muted",
        silenced: "silenced by you",
        reconnecting: "reconnecting",
        noPath: "no connection",
    },
    quality: { excellent: "excellent connection", good: "good connection", poor: "poor connection", bad: "bad connection", unknown: "" },
    bar: {
        label: "Your voice",
        mute: "Mute",
        unmute: "Unmute",
        deafen: "Deafen",
        undeafen: "Undeafen",
        leave: "Leave",
        rooms: "Rooms",
        settings: "Settings",
        enterXr: "Enter VR",
        exitXr: "Exit VR",
        holdToTalk: "Hold to talk",
        holdToMute: "Hold to mute",
    },
    rooms: roomTexts,
    settings: settingsTexts,
    wrist: {
        label: "Menu on your wrist",
        panel: "Panel",
        level: "Level of your voice",
    },
    notices: {
        label: "Notices",
        dismiss: (title) => `Dismiss: ${title}`,
        outOfRoom: { title: "Out of the room", advice: "You can come back at any time.", action: "Come back" },
        lost: {
            title: "The voice connection is lost",
            advice: "You still see everybody, but cannot hear or be heard.",
            action: "Try again",
        },
        soundOff: {
            title: "The sound is off",
            advice: "The browser needs a click before it plays sound.",
            action: "Hear everybody",
        },
        soundTaken: {
            title: "The sound is interrupted",
            advice: "A call or another app may use it. Click if it does not come back.",
            action: "Hear everybody",
        },
        reconnecting: { title: "Reconnecting…", advice: "Voices come back by themselves." },
        connecting: { title: "Connecting…", advice: "Voices will follow soon." },
        askingMicrophone: { title: "May we use your microphone?", advice: "Allow it in the browser to be heard." },
        noMicrophone: {
            title: "No microphone here",
            advice: "Browsers allow it only on https pages. Open this page with https. You hear the others.",
        },
        mutedByModerator: { title: "A moderator muted you", advice: "Nobody hears you for now." },
        unmuteInvited: { title: "You may speak again", advice: "A moderator asks you to unmute yourself.", action: "Unmute" },
        microphoneAction: "Try again",
    },
    status: {
        inRoom: (room) => `In room ${room}.`,
        withYou: (names) => `With you: ${names.join(", ")}.`,
        alone: "Nobody else is here.",
        muted: "You are muted.",
        deafened: "You hear nobody.",
    },
    errors: {
        invalidArgument: { title: "That is not valid", advice: "Please check what you typed." },
        invalidRoomName: { title: "Invalid room name", advice: "A room's name has 1 to 64 characters, at least one of them visible." },
        serverUnreachable: {
            title: "The server does not answer",
            advice: "Check that it runs and that you are online, then try again.",
        },
        serverStopping: { title: "The server restarts", advice: "Voices continue. You reconnect automatically." },
        serverBusy: { title: "The server is busy", advice: "Wait a moment, then try again." },
        unauthorized: {
            title: "The server does not let you in",
            advice: "Sign in again, then try once more. If that does not help, tell the game's operator.",
        },
        tokenExpired: { title: "Your invitation has expired", advice: "Enter again to get a new one." },
        tokenInvalid: {
            title: "Your invitation is not for this room",
            advice: "Enter again to get a new one. If that does not help, tell the game's operator.",
        },
        roomFull: { title: "This room is full", advice: "Choose another room, or wait until somebody leaves." },
        roomNotFound: { title: "There is no such room", advice: "Check its name; it may be closed." },
        duplicateIdentity: {
            title: "You connected from another page",
            advice: "Only one of your pages can be in the room. Enter here to switch.",
        },
        passwordWrong: { title: "The password is wrong", advice: "Ask a member of the room." },
        roomLocked: { title: "This room is locked", advice: "Ask its owner to unlock it, or for an invitation." },
        notInvited: { title: "You need an invitation", advice: "Ask the owner for one." },
        banned: { title: "You are banned from this room", advice: "You may come back later." },
        roomClosed: { title: "The room was closed", advice: "Its owner closed it. Choose another one." },
        notAllowed: { title: "Only the owner may do that", advice: "Ask the room's owner." },
        messageTooLarge: { title: "That message is too long", advice: "Send it in parts." },
        memberNotFound: { title: "This member is not here", advice: "They may have just left." },
        removed: { title: "You were removed from the room", advice: "You can try another room." },
        microphoneDenied: {
            title: "Nobody hears you: the microphone is not allowed",
            advice: "Allow it at the lock or camera icon beside the page's address, or in the system's settings, then try again. You hear everybody meanwhile.",
        },
        microphoneForbidden: {
            title: "Nobody hears you: this page may not use the microphone",
            advice: "Open the game in its own window, or tell the page's operator. You hear everybody meanwhile.",
        },
        microphoneMissing: {
            title: "Nobody hears you: there is no microphone",
            advice: "Plug one in, then try again. You hear everybody meanwhile.",
        },
        microphoneBusy: {
            title: "Nobody hears you: the microphone is in use",
            advice: "Close the program that uses it, then try again. You hear everybody meanwhile.",
        },
        storageFailed: {
            title: "Your settings are not saved",
            advice: "The browser blocks storage, so silenced members are forgotten when the page closes.",
        },
        microphoneSilent: {
            title: "Your microphone is silent",
            advice: "Check its switch, or choose another one.",
        },
        deviceNotFound: { title: "The device was not found", advice: "Choose another one." },
        deviceUnplugged: { title: "A device was unplugged", advice: "The system's default is used now; choose another one if needed." },
        audioBlocked: { title: "The sound is off", advice: "The browser needs a click before it plays sound." },
        linkFailed: {
            title: "A member cannot be heard",
            advice: "No connection was found; a firewall may block it. Another network may help.",
        },
        aborted: { title: "Cancelled", advice: "Enter whenever you like." },
        disposed: { title: "Voice ended", advice: "Reload the page to start again." },
        unsupported: { title: "Browser not supported", advice: "Use an up-to-date browser, on a page from https or localhost." },
        unknown: { title: "Something went wrong", advice: "Please try again." },
    },
};

/**
 * Completes the texts.
 * @param changes - texts that replace those of `defaultTexts`. Throws `invalidArgument` for a text of another type.
 * @param onError - called when a function first throws or returns no string. The default text is used in place of a failed call.
 * @returns the complete texts
 */
export function resolveTexts(changes: GuiTextChanges = {}, onError: (error: RtcError) => void = () => undefined): IGuiTexts {
    return mergedTexts("texts", defaultTexts, changes, onError);
}
