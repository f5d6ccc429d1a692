import type { RtcError, RtcErrorCode } from "babylon-rtc";

/** What to tell a person about an error: what happened, and what they can do. */
export interface IHelp {
    readonly title: string;
    readonly advice: string;
}

const help: Readonly<Record<RtcErrorCode, IHelp>> = {
    invalidArgument: { title: "That will not do", advice: "Please check what you typed." },
    invalidRoomName: { title: "No such room name", advice: "A room's name has 1 to 64 characters." },
    serverUnreachable: {
        title: "The server does not answer",
        advice: "Check that it runs and that you are online, then try again.",
    },
    serverBusy: { title: "The server is busy", advice: "Wait a moment, then try again." },
    unauthorized: { title: "The server does not let you in", advice: "Sign in again, then try once more." },
    tokenExpired: { title: "Your invitation has run out", advice: "Enter again to get a new one." },
    tokenInvalid: { title: "Your invitation is not for this room", advice: "Enter again to get a new one." },
    roomFull: { title: "This room is full", advice: "Choose another room, or wait until somebody leaves." },
    roomNotFound: { title: "There is no such room", advice: "Check its name." },
    duplicateIdentity: {
        title: "You entered from somewhere else",
        advice: "Only one of your windows can be in the room. Enter here to move over.",
    },
    passwordWrong: { title: "That is not the password", advice: "Ask somebody who is in the room." },
    roomLocked: { title: "This room is locked", advice: "Ask its owner to unlock it, or for an invitation." },
    notInvited: { title: "This room is by invitation", advice: "Ask its owner for one." },
    banned: { title: "You were put out of this room", advice: "You may come back later." },
    roomClosed: { title: "The room was closed", advice: "Its owner has ended it. Choose another one." },
    notAllowed: { title: "Only the owner may do that", advice: "Ask whoever opened the room." },
    messageTooLarge: { title: "That message is too long", advice: "Send it in parts." },
    memberNotFound: { title: "They are not here any more", advice: "They may have just left." },
    removed: { title: "You were put out of the room", advice: "You can try another room." },
    microphoneDenied: {
        title: "Nobody hears you: the microphone is not allowed",
        advice: "Allow it at the lock or camera sign beside the page's address, then try again. You hear everybody meanwhile.",
    },
    microphoneMissing: {
        title: "Nobody hears you: there is no microphone",
        advice: "Plug one in, then try again. You hear everybody meanwhile.",
    },
    microphoneBusy: {
        title: "Nobody hears you: the microphone is taken",
        advice: "Close the program that uses it, then try again. You hear everybody meanwhile.",
    },
    storageFailed: {
        title: "Your choices are not kept",
        advice: "Whom you silence is forgotten with this page, since the browser lets it store nothing.",
    },
    audioBlocked: { title: "The sound is off", advice: "The browser wants a click before it plays anything." },
    linkFailed: { title: "Somebody cannot be heard", advice: "No way to them was found; a firewall may be in between." },
    aborted: { title: "Cancelled", advice: "Enter whenever you like." },
    disposed: { title: "It is over", advice: "Reload the page to start again." },
    unsupported: { title: "This browser cannot do it", advice: "Use an up-to-date browser, on a page from https or localhost." },
    unknown: { title: "Something went wrong", advice: "Please try again." },
};

/** What to tell a person about an error. */
export function helpFor({ code }: RtcError): IHelp {
    return help[code];
}
