import { createRtcServer } from "babylon-rtc-server";
import type { IRtcServer, ServerEvent } from "babylon-rtc-server";
import { askAsync, enterAsync, guestAsync, joinAsync, quieten, refusalAsync } from "../../clients";
import { RoomAccess } from "../../../../server/src/rooms/lobby/roomAccess";
import { PasswordGuesses } from "../../../../server/src/rooms/passwordGuesses";
import type { IMember } from "../../clients";

jest.setTimeout(30_000);

const secret = "a secret of at least thirty-two bytes";
const lobby = "lobby";
let server: IRtcServer;
let url: string;
let events: ServerEvent[];
let alice: IMember;
let bob: IMember;

beforeAll(quieten);
beforeEach(async () => {
    events = [];
    server = await createRtcServer({ port: 0, secret, log: () => undefined, onEvent: (event) => events.push(event) });
    ({ url } = server);
    alice = await enterAsync(url, lobby, "Alice");
    bob = await enterAsync(url, lobby, "Bob");
});
afterEach(() => server.closeAsync());

async function inviteAsync(by: IMember): Promise<string> {
    const { invitation } = (await askAsync(by, "invite", { seconds: 604_800 })) as { invitation: string };
    return invitation;
}

/** Result of a new guest's join with an invitation. */
async function showAsync(invitation: string): Promise<string> {
    const { identity } = await guestAsync(url, "Carol");
    return await refusalAsync(joinAsync(url, "room", { invitation, identity }));
}

describe("an invitation", () => {
    it("becomes invalid when the owner revokes all invitations; a new invitation is valid", async () => {
        const [first, second] = [await inviteAsync(alice), await inviteAsync(bob)];
        expect(await showAsync(first)).toBe("joined");
        expect(await askAsync(alice, "revoke", {})).toBeUndefined();
        expect([await showAsync(first), await showAsync(second)]).toEqual(["notInvited", "notInvited"]);
        expect(await showAsync(await inviteAsync(bob))).toBe("joined");
        expect(events).toContainEqual(expect.objectContaining({ type: "moderated", action: "revokeInvitations", userId: null }));
    });

    it("becomes invalid when its creator revokes it; only the owner may revoke those of other members", async () => {
        const [first, second] = [await inviteAsync(alice), await inviteAsync(bob)];
        expect(await askAsync(bob, "revoke", { by: alice.id })).toMatchObject({ code: "notAllowed" });
        expect(await askAsync(bob, "revoke", {})).toBeUndefined();
        expect([await showAsync(first), await showAsync(second)]).toEqual(["joined", "notInvited"]);
        expect(await askAsync(alice, "revoke", { by: alice.id })).toBeUndefined();
        expect(await showAsync(first)).toBe("notInvited");
    });

    it("becomes invalid when the password changes", async () => {
        const invitation = await inviteAsync(bob);
        expect(await askAsync(alice, "password", { password: "sesame" })).toBeUndefined();
        expect(await showAsync(invitation)).toBe("notInvited");
        const next = await inviteAsync(bob);
        expect(await showAsync(next)).toBe("joined");
        expect(await askAsync(alice, "password", { password: null })).toBeUndefined();
        expect(await showAsync(next)).toBe("notInvited");
    });

    it.each([0, 1])("becomes invalid for good when its creator is removed for %i s", async (seconds) => {
        const invitation = await inviteAsync(bob);
        expect(await askAsync(alice, "kick", { id: bob.id, seconds })).toBeUndefined();
        await bob.left;
        expect(await showAsync(invitation)).toBe("notInvited");
        for (let answer = "", tries = 0; answer !== "joined"; tries += 1) {
            answer = await refusalAsync(joinAsync(url, "room", { name: lobby, identity: bob.identity }));
            expect(tries).toBeLessThan(1000);
        }
        expect(await showAsync(invitation)).toBe("notInvited");
    });

    it("becomes invalid when the app's backend revokes it", async () => {
        const [first, second] = [await inviteAsync(alice), await inviteAsync(bob)];
        const room = alice.roomId;
        await server.revokeInvitationsAsync({ room, user: bob.id });
        expect([await showAsync(first), await showAsync(second)]).toEqual(["joined", "notInvited"]);
        await server.revokeInvitationsAsync({ room });
        expect(await showAsync(first)).toBe("notInvited");
        expect(events).toContainEqual(
            expect.objectContaining({ type: "moderated", action: "revokeInvitations", userId: bob.id, actor: { kind: "app" } }),
        );
        await expect(server.revokeInvitationsAsync({ room: "nowhere" })).rejects.toMatchObject({ code: "notFound" });
        await expect(server.revokeInvitationsAsync({ room: "" })).rejects.toMatchObject({ code: "invalidOption" });
    });
});

it("RoomAccess stores up to 1000 revocations; above that, it rejects all older invitations", () => {
    const access = new RoomAccess("room", "everyone", new PasswordGuesses({ perSecond: 1, burst: 1 }, () => 0));
    const invitationOf = (by: string): Parameters<typeof access.check>[0] => ({
        id: "carol",
        address: "a",
        isGuest: true,
        password: undefined,
        friendOf: null,
        knows: null,
        invitation: { room: "room", by, userId: null, ...access.markInvitation() },
    });
    const [held, first] = [invitationOf("owner"), invitationOf("member 0")];
    for (let index = 0; index < 1000; index += 1) {
        access.revokeInvitations(`member ${index}`);
    }
    expect(access.check(held, "owner")).toBeNull();
    expect(() => access.check(first, "owner")).toThrow(/^notInvited/);
    access.revokeInvitations("one more");
    expect(() => access.check(held, "owner")).toThrow(/^notInvited/);
    expect(() => access.check(first, "owner")).toThrow(/^notInvited/);
    expect(access.check(invitationOf("owner"), "owner")).toBeNull();
});
