import { RtcError } from "../errors/rtcError.js";

const key = "rtcInvitation";
const pattern = new RegExp(`[#&]${key}=([\\w-]+\\.[\\w-]+\\.[\\w-]+)(?=&|$)`);

/**
 * Makes a link of an invitation. It stands behind the `#`, which browsers do not send, so that it reaches no server's log.
 * @param invitation - of `inviteAsync`
 * @param url - the address of the page that reads it by `invitationFrom`; what stands behind its `#` is kept. Default: this page.
 * @returns the link; throws `invalidArgument` if the address is none
 */
export function invitationLink(invitation: string, url: string | URL = location.href): string {
    let link: URL;
    try {
        link = new URL(url);
    } catch (cause) {
        throw new RtcError("invalidArgument", `"${String(url)}" is not the address of a page.`, { cause });
    }
    const entry = `${key}=${invitation}`;
    if (!pattern.test(`#${entry}`)) {
        throw new RtcError("invalidArgument", "An invitation is what `inviteAsync` gives.");
    }
    const rest = link.hash.replace(pattern, "").replace(/^[#&]+/, "");
    link.hash = rest === "" ? entry : `${rest}&${entry}`;
    return link.href;
}

/**
 * Reads an invitation out of a link.
 * @param url - the link. Default: the address of this page.
 * @returns what `acceptInvitationAsync` takes; null if the link holds none
 */
export function invitationFrom(url: string | URL = location.href): string | null {
    return pattern.exec(String(url))?.[1] ?? null;
}
