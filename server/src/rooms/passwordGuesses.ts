import { ProtocolError } from "../protocolError.js";
import { AddressLimiter } from "../util/addressLimiter.js";
import type { IRate } from "../util/tokenBucket.js";

/** Of one user: enough for somebody who mistypes. */
const userRate: IRate = { perSecond: 0.1, burst: 5 };

/** Who guesses. */
export interface IGuesser {
    readonly id: string;
    /** The network address. */
    readonly address: string;
}

/** Counts wrong passwords by user and by network address, since guests are free. Right ones cost nothing. */
export class PasswordGuesses {
    private readonly _addresses: AddressLimiter;
    private readonly _users: AddressLimiter;

    /**
     * @param addressRate - how many wrong ones an address may send
     * @param now - the clock, in milliseconds
     */
    public constructor(addressRate: IRate, now: () => number) {
        this._addresses = new AddressLimiter(addressRate, now);
        this._users = new AddressLimiter(userRate, now);
    }

    /**
     * @param guesser - who is about to say a password; throws `rateLimited` if they said too many wrong ones
     */
    public allow(guesser: IGuesser): void {
        if (this._addresses.isSpent(guesser.address) || this._users.isSpent(guesser.id)) {
            throw new ProtocolError("rateLimited", "Too many wrong passwords; wait a while.");
        }
    }

    /**
     * @param guesser - whose password was wrong
     */
    public count(guesser: IGuesser): void {
        this._addresses.take(guesser.address);
        this._users.take(guesser.id);
    }
}
