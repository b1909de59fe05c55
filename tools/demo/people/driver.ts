import { type Envelope, isAssigned } from '@logi/contracts';
import { pause } from '../../testing/pause.ts';
import { PointStream } from '../../testing/people/point-stream.ts';
import type { ReconnectingSocket } from '../../testing/people/reconnecting-socket.ts';
import type { Random } from '../../testing/random.ts';
import { isInCity, randomPoint } from '../city/city.ts';
import type { Person } from '../city/person.ts';
import { Vehicle, type VehicleType } from '../city/vehicle.ts';
import type { World } from '../world.ts';
import { actOnBooking, lookAtBooking } from './booking-calls.ts';
import { carry, gridPointOf, type Offer } from './job.ts';
import { listen } from './listen.ts';

/*
 * A driver's day. On duty, the driver stands or roams until an offer comes.
 *
 *   on duty     → considering  an offer came
 *               → off duty     a break, or workEnds
 *   off duty    → on duty      the break is over, or an offer came too late and was declined
 *   considering → on duty      declined, or answered too late
 *               → on a job     accepted
 *   on a job    → on duty      delivered, returned, given back, or the booking was taken away
 *
 * The vehicle moves and tells its position by a clock of its own, whatever its driver is doing.
 */

/** In real seconds, since an offer runs out in real time. The defaults of the stack give a driver 15. */
const COMING_SECONDS = 2;
const THINKING_SECONDS = [0.8, 4] as const;
const FORGETTING_SECONDS = [16, 20] as const;
const IDLE_SECONDS = [3, 9] as const;
const BREAK_SECONDS = [8, 20] as const;
const BREAK_CHANCE = 0.04;
const ROAM_CHANCE = 0.6;
const DECLINE_CHANCE = 0.12;
const FORGET_CHANCE = 0.04;

export class Driver {
  readonly person: Person;
  readonly sockets: ReconnectingSocket[];
  readonly #world: World;
  readonly #random: Random;
  readonly #vehicle: Vehicle;
  readonly #points: PointStream;
  readonly #offers: Offer[] = [];
  #wake = new AbortController();
  #isOnDuty = false;
  #job: Offer | undefined;
  readonly #checks: Promise<void>[] = [];

  constructor(world: World, person: Person, type: VehicleType) {
    this.person = person;
    this.#world = world;
    this.#random = world.random.fork(person.id);
    this.#vehicle = new Vehicle({ type, city: world.city, random: this.#random.fork('vehicle') });
    this.#points = this.#openPoints();
    const gateway = listen(world, person, (message) => this.#hear(message));
    this.sockets = [gateway, this.#points.socket];
  }

  async run(): Promise<void> {
    await pause(this.#random.between(0, COMING_SECONDS) * 1_000, this.#world.workEnds);
    await this.#setDuty('Available');
    await Promise.all([this.#drive(), this.#work()]);
    await this.#setDuty('Offline');
    await Promise.all(this.#checks);
  }

  #openPoints(): PointStream {
    const { stack, ledger, listeningEnds } = this.#world;
    return new PointStream({
      trackingUrl: stack.trackingUrl,
      token: this.person.token,
      signal: listeningEnds,
      onAcknowledged: ({ points, waitedMs }) => {
        ledger.points.accepted += points.length;
        ledger.ackMs.push(waitedMs);
      },
      onRejected: (count) => {
        ledger.points.rejected += count;
      },
      onLost: (why) => ledger.lostSockets.add(`position stream ${why}`),
    });
  }

  #hear(message: Envelope): void {
    if (message.type !== 'new_booking_request') return;
    if (this.#job) this.#checks.push(this.#checkJob(this.#job));
    this.#offers.push(message.payload);
    this.#wake.abort();
  }

  /** An offer in the middle of a job is right only when the user has ended the job, which this driver cannot know yet. */
  async #checkJob(job: Offer): Promise<void> {
    const { ledger } = this.#world;
    const status = await lookAtBooking(this.#world, this.person, job.booking_id);
    if (status === undefined || status === 'Gone' || !isAssigned(status)) return;
    ledger.fault('an offer to a driver with a job', `${this.person.id} has ${job.booking_id}, which is ${status}`);
  }

  async #drive(): Promise<void> {
    const { everyMs, speed, workEnds } = this.#world;
    await pause(this.#random.between(0, everyMs), workEnds); // not all in one moment
    while (!workEnds.aborted) {
      this.#vehicle.move((everyMs / 1_000) * speed);
      if (this.#isOnDuty) this.#world.ledger.sentPoint(this.person.id, this.#points.send(this.#vehicle.read()));
      await pause(everyMs, workEnds);
    }
  }

  async #work(): Promise<void> {
    while (!this.#world.workEnds.aborted) {
      const offer = this.#offers.shift();
      if (offer) await this.#consider(offer);
      else if (!this.#isOnDuty) await this.#setDuty('Available');
      else await this.#waitForOffer();
    }
  }

  async #waitForOffer(): Promise<void> {
    const { city } = this.#world;
    if (!this.#vehicle.isDriving && this.#random.chance(ROAM_CHANCE)) {
      this.#vehicle.driveTo(randomPoint(city, this.#random));
    }
    await this.#waitOrWake(IDLE_SECONDS);
    if (this.#offers.length === 0 && this.#random.chance(BREAK_CHANCE)) await this.#takeBreak();
  }

  async #takeBreak(): Promise<void> {
    this.#vehicle.stop();
    if (this.#world.workEnds.aborted) return;
    await this.#setDuty('Offline');
    await this.#waitOrWake(BREAK_SECONDS);
  }

  async #waitOrWake(seconds: readonly [number, number]): Promise<void> {
    const ms = this.#random.between(...seconds) * 1_000;
    if (this.#offers.length > 0) return;
    this.#wake = new AbortController();
    await pause(ms, AbortSignal.any([this.#wake.signal, this.#world.workEnds]));
  }

  async #consider(offer: Offer): Promise<void> {
    const { ledger, workEnds } = this.#world;
    const isForgotten = this.#random.chance(FORGET_CHANCE);
    const isLiked = !this.#random.chance(DECLINE_CHANCE);
    const [shortest, longest] = isForgotten ? FORGETTING_SECONDS : THINKING_SECONDS;
    await pause(this.#random.between(shortest, longest) * 1_000, workEnds);
    if (workEnds.aborted) return;
    const action = this.#isOnDuty && isLiked && this.#isInCity(offer) ? 'accept' : 'decline';
    const { askedAt } = ledger.booking(offer.booking_id);
    if (action === 'accept') askedAt.set('Accepted', performance.now());
    const answer = await actOnBooking(this.#world, this.person, { bookingId: offer.booking_id, action });
    if (answer.status !== 200) askedAt.delete('Accepted');
    switch (answer.status) {
      case 200:
        ledger.booking(offer.booking_id).acceptedAt ??= performance.now();
        this.#job = offer;
        await carry({ world: this.#world, driver: this.person, random: this.#random, vehicle: this.#vehicle, offer });
        this.#job = undefined;
        return;
      case 409:
        ledger.answeredLate();
        return;
      case 404:
        ledger.fault('an offer that was not this driver’s', `${this.person.id} ${offer.booking_id}`);
        return;
      default: // declined, or counted as unexpected already
    }
  }

  #isInCity({ pickup_location, dropoff_location }: Offer): boolean {
    return [pickup_location, dropoff_location].every((point) => isInCity(this.#world.city, gridPointOf(point)));
  }

  async #setDuty(status: 'Available' | 'Offline'): Promise<void> {
    const { requests, api } = this.#world;
    const answer = await api({
      ...(status === 'Offline' ? requests.goOffDuty() : requests.goOnDuty(this.#vehicle.read(), this.#vehicle.type)),
      token: this.person.token,
      expected: [200],
    });
    if (answer.status === 200) this.#isOnDuty = status === 'Available';
    else await pause(THINKING_SECONDS[0] * 1_000, this.#world.workEnds);
  }
}
