export { Client, type Room } from "@colyseus/sdk";
