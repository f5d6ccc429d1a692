import { Socket } from "node:net";
import { IdleSockets } from "../../../server/src/util/idleSockets";

function socketFrom(address: string): Socket {
    return Object.defineProperty(new Socket(), "remoteAddress", { value: address });
}

describe("the limit of idle sockets", () => {
    let sockets: IdleSockets;
    beforeEach(() => (sockets = new IdleSockets(2)));
    const openAll = (...addresses: string[]): Socket[] =>
        addresses.map((address) => {
            const socket = socketFrom(address);
            sockets.open(socket);
            return socket;
        });
    const destroyed = (all: readonly Socket[]): boolean[] => all.map((socket) => socket.destroyed);

    it("closes the one of the same network that has been idle longest", () => {
        const all = openAll("192.0.2.1", "192.0.2.1", "192.0.2.2", "::ffff:192.0.2.1");
        expect(destroyed(all)).toEqual([true, false, false, false]);
    });

    it("does not count a socket with a request in progress, until all its requests are answered", () => {
        const [busy, ...others] = openAll("192.0.2.1", "192.0.2.1") as [Socket, Socket];
        sockets.begin(busy);
        sockets.begin(busy);
        sockets.end(busy);
        const all = [busy, ...others, ...openAll("192.0.2.1")];
        expect(destroyed(all)).toEqual([false, false, false]);
        sockets.end(busy);
        expect(destroyed(all)).toEqual([false, true, false]);
    });

    it("does not count closed and unknown sockets", async () => {
        const [closed] = openAll("192.0.2.1") as [Socket];
        sockets.begin(closed);
        await new Promise<void>((resolve) => closed.once("close", () => resolve()).destroy());
        sockets.end(closed);
        const unknown = socketFrom("192.0.2.1");
        sockets.begin(unknown);
        sockets.end(unknown);
        expect(destroyed([unknown, ...openAll("192.0.2.1", "192.0.2.1")])).toEqual([false, false, false]);
    });
});
