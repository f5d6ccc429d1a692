import { ProtocolError } from "../protocolError.js";
import { AddressLimiter } from "../util/addressLimiter.js";
import { networkOf } from "../util/network.js";
import type { IRate } from "../util/tokenBucket.js";

/** Of one user in one room: enough for somebody who mistypes. */
const userRate: IRate = { perSecond: 0.1, burst: 5 };

/** The user who guesses. */
export interface IGuesser {
    readonly id: string;
    /** The network address. */
    readonly address: string;
    /** True if anybody gets such an identity for the asking. */
    readonly isGuest: boolean;
}

/**
 * Counts wrong passwords by room: of each user, and of all guests of one network together, since guests are free. Right ones cost nothing, and what
 * others said wrong keeps nobody out who has an account.
 */
export class PasswordGuesses {
    private readonly _networks: AddressLimiter;
    private readonly _users: AddressLimiter;
    private readonly _onRefusal: () => void;

    /**
     * @param networkRate - how many wrong ones the guests of a network may send to a room
     * @param now - the clock, in milliseconds
     * @param onRefusal - called for each that is not even looked at. Default: nothing is
     */
    public constructor(networkRate: IRate, now: () => number, onRefusal: () => void = () => undefined) {
        this._onRefusal = onRefusal;
        this._networks = new AddressLimiter(networkRate, now);
        this._users = new AddressLimiter(userRate, now);
    }

    /**
     * @param guesser - who is about to say a password; throws `rateLimited` if they said too many wrong ones
     * @param room - the room's id
     */
    public allow({ id, address, isGuest }: IGuesser, room: string): void {
        if (this._users.isSpent(`${room} ${id}`) || (isGuest && this._networks.isSpent(`${room} ${networkOf(address)}`))) {
            this._onRefusal();
            throw new ProtocolError("rateLimited", "Too many wrong passwords; wait a while.");
        }
    }

    /**
     * @param guesser - whose password was wrong
     * @param room - the room's id
     */
    public count({ id, address, isGuest }: IGuesser, room: string): void {
        this._users.take(`${room} ${id}`);
        if (isGuest) {
            this._networks.take(`${room} ${networkOf(address)}`);
        }
    }
}
