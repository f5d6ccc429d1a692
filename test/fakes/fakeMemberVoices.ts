import { BehaviorSubject } from "rxjs";
import type { IRoomMember } from "../../src/room/room.js";
import { MemberVoices } from "../../src/rtc/remote/memberVoices.js";
import type { IMemberVoicesOptions } from "../../src/rtc/remote/memberVoices.js";
import { VoicePreferences } from "../../src/rtc/remote/voicePreferences.js";
import type { IRemoteVoice, VoiceInterest } from "../../src/transport/voiceTransport.js";

/** As much of `MemberVoices` as a session needs, without scene and sound. */
export class FakeMemberVoices extends MemberVoices {
    public override readonly interest$ = new BehaviorSubject<ReadonlyMap<string, VoiceInterest>>(new Map());
    public remotes: ReadonlyMap<string, IRemoteVoice> = new Map();
    public members: ReadonlyMap<string, IRoomMember> | null = null;
    /** Count of clearings. */
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
