import { Server } from "node:net";

// Loaded before a guide's server program. Replaces each requested port with a free one and reports it, so that guides can contain fixed ports and
// tests can still run in parallel. Reports to the parent process if there is an IPC channel, else to stdout.
const tell = (asked, port) => (process.send ? process.send({ asked, port }) : console.log(`Port ${asked} of the guide is ${port}.`));
const { listen } = Server.prototype;
Server.prototype.listen = function (first, ...rest) {
    const asked = typeof first === "object" ? first.port : first;
    this.once("listening", () => tell(Number(asked), this.address().port));
    return listen.call(this, typeof first === "object" ? { ...first, port: 0 } : 0, ...rest);
};
