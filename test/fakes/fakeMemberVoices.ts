import { BehaviorSubject } from "rxjs";
import type { IRoomMember } from "../../src/room/room.js";
import type { MemberVoices } from "../../src/rtc/remote/memberVoices.js";
import type { IRemoteVoice, VoiceInterest } from "../../src/transport/voiceTransport.js";

/** As much of `MemberVoices` as the connection needs, without scene and sound. */
export class FakeMemberVoices {
    public readonly interest$ = new BehaviorSubject<ReadonlyMap<string, VoiceInterest>>(new Map());
    public remotes: ReadonlyMap<string, IRemoteVoice> = new Map();
    public members: ReadonlyMap<string, IRoomMember> | null = null;
    /** How often it was cleared. */
    public clears = 0;

    get asMemberVoices(): MemberVoices {
        return this as unknown as MemberVoices;
    }

    update(remotes: ReadonlyMap<string, IRemoteVoice>, members: ReadonlyMap<string, IRoomMember> | null): void {
        this.remotes = remotes;
        this.members = members;
    }

    clear(): void {
        this.clears++;
        this.remotes = new Map();
        this.members = null;
    }
}
