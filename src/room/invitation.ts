import { RtcError } from "../errors/rtcError.js";

const key = "rtcInvitation";
const pattern = new RegExp(`[#&]${key}=([\\w-]+\\.[\\w-]+\\.[\\w-]+)(?=&|$)`);

/**
 * Creates a link with an invitation. The invitation is in the fragment (after `#`), which browsers do not send, so no server logs it.
 * @param invitation - result of `inviteAsync`
 * @param url - absolute address of the page that calls `invitationFrom`; other text in its fragment is kept. Default: this page.
 * @returns the link; throws `invalidArgument` if the address or the invitation is invalid
 */
export function invitationLink(invitation: string, url: string | URL = location.href): string {
    let link: URL;
    try {
        link = new URL(url);
    } catch (cause) {
        throw new RtcError("invalidArgument", `"${String(url)}" is not a valid page address.`, { cause });
    }
    const entry = `${key}=${invitation}`;
    if (!pattern.test(`#${entry}`)) {
        throw new RtcError("invalidArgument", "This is not a result of `inviteAsync`.");
    }
    const rest = link.hash.replace(pattern, "").replace(/^[#&]+/, "");
    link.hash = rest === "" ? entry : `${rest}&${entry}`;
    return link.href;
}

/**
 * Reads the invitation from a link.
 * @param url - the link. Default: the address of this page.
 * @returns the invitation, for `acceptInvitationAsync`; null if the link has none
 */
export function invitationFrom(url: string | URL = location.href): string | null {
    return pattern.exec(String(url))?.[1] ?? null;
}
