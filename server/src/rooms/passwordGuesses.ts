import { ProtocolError } from "../protocolError.js";
import { AddressLimiter } from "../util/addressLimiter.js";
import { networkOf } from "../util/network.js";
import type { IRate } from "../util/tokenBucket.js";

/** Rate limit of wrong passwords of one user in one room. It leaves room for typing errors. */
const userRate: IRate = { perSecond: 0.1, burst: 5 };

/** A user who enters a password. */
export interface IGuesser {
    readonly id: string;
    /** The network address. */
    readonly address: string;
    /** True for a guest. Any client can become a guest. */
    readonly isGuest: boolean;
}

/**
 * Rate limits of wrong passwords, by room. Each user has a limit. All guests of one network also share one, because a client can create many guests.
 * Correct passwords do not count. A user with an account is not affected by the wrong passwords of others.
 */
export class PasswordGuesses {
    private readonly _networks: AddressLimiter;
    private readonly _users: AddressLimiter;
    private readonly _onRefusal: () => void;

    /**
     * @param networkRate - rate limit of wrong passwords for a room by all guests of one network
     * @param now - the clock, in milliseconds
     * @param onRefusal - called for each password that is refused without a check. Default: no-op
     */
    public constructor(networkRate: IRate, now: () => number, onRefusal: () => void = () => undefined) {
        this._onRefusal = onRefusal;
        this._networks = new AddressLimiter(networkRate, now);
        this._users = new AddressLimiter(userRate, now);
    }

    /**
     * Throws `rateLimited` if there were too many wrong passwords. Counts nothing.
     * @param guesser - user whose password is about to be checked
     * @param room - the room's id
     */
    public allow({ id, address, isGuest }: IGuesser, room: string): void {
        if (this._users.isSpent(`${room} ${id}`) || (isGuest && this._networks.isSpent(`${room} ${networkOf(address)}`))) {
            this._onRefusal();
            throw new ProtocolError("rateLimited", "Too many wrong passwords. Wait a while.");
        }
    }

    /**
     * Counts a wrong password.
     * @param guesser - user who sent it
     * @param room - the room's id
     */
    public count({ id, address, isGuest }: IGuesser, room: string): void {
        this._users.take(`${room} ${id}`);
        if (isGuest) {
            this._networks.take(`${room} ${networkOf(address)}`);
        }
    }
}
