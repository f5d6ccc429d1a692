// Lets guests in, unless a test sets another environment.
process.env.NODE_ENV = "development";

// From version 22 on, Node has a WebSocket, and Colyseus' client prefers it to `ws`. Tests stop reading or answering like a lost network, which only
// `ws` can do.
Reflect.deleteProperty(globalThis, "WebSocket");
