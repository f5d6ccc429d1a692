/** The wire, as the server's package tells it. */
export type {
    IAsked,
    IErrorReply,
    IGrantReply,
    IGrantRequest,
    IGuestReply,
    IGuestRequest,
    IRoomClientMessages,
    IRoomJoinRequest,
    IRoomServerMessages,
    IRtcAsks,
    IRtcClientMessages,
    IRtcJoinRequest,
    IRtcPeer,
    IRtcServerMessages,
} from "babylon-rtc-server";
