/** The wire, as the server's package tells it. */
export type {
    IErrorReply,
    IGrantReply,
    IGrantRequest,
    IGuestReply,
    IGuestRequest,
    IRoomClientMessages,
    IRoomJoinRequest,
    IRoomServerMessages,
    IRtcClientMessages,
    IRtcJoinRequest,
    IRtcPeer,
    IRtcServerMessages,
} from "babylon-rtc-server";
