import { BehaviorSubject } from "rxjs";
import type { IRoomMember } from "../../src/room/room.js";
import { MemberVoices } from "../../src/rtc/remote/memberVoices.js";
import type { IMemberVoicesOptions } from "../../src/rtc/remote/memberVoices.js";
import { VoicePreferences } from "../../src/rtc/remote/voicePreferences.js";
import type { IRemoteVoice, VoiceInterest } from "../../src/transport/voiceTransport.js";

/** `MemberVoices` without scene and sound. */
export class FakeMemberVoices extends MemberVoices {
    public override readonly interest$ = new BehaviorSubject<ReadonlyMap<string, VoiceInterest>>(new Map());
    public remotes: ReadonlyMap<string, IRemoteVoice> = new Map();
    public members: ReadonlyMap<string, IRoomMember> | null = null;
    /** Number of `clear` calls. */
    public clears = 0;

    constructor() {
        super({ preferences: new VoicePreferences(null, true) } as IMemberVoicesOptions);
    }

    override update(remotes: ReadonlyMap<string, IRemoteVoice>, members: ReadonlyMap<string, IRoomMember> | null): void {
        this.remotes = remotes;
        this.members = members;
    }

    override clear(): void {
        this.clears++;
        this.remotes = new Map();
        this.members = null;
    }
}
