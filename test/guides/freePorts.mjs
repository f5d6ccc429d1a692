import { Server } from "node:net";

// Loaded before a guide's server program: whatever port it asks for, it gets a free one and tells which, so that guides can name ports and tests still
// run beside each other. It tells the process that forked it, otherwise stdout.
const tell = (asked, port) => (process.send ? process.send({ asked, port }) : console.log(`Port ${asked} of the guide is ${port}.`));
const { listen } = Server.prototype;
Server.prototype.listen = function (first, ...rest) {
    const asked = typeof first === "object" ? first.port : first;
    this.once("listening", () => tell(Number(asked), this.address().port));
    return listen.call(this, typeof first === "object" ? { ...first, port: 0 } : 0, ...rest);
};
