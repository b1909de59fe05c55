// Written by `npm run docs` from libs/contracts.

export type ActorRole = 'user' | 'driver' | 'admin' | 'system';
export type BookingStatus = 'Scheduled' | 'Searching' | 'Accepted' | 'En Route to Pickup' | 'Arrived at Pickup' | 'Goods Collected' | 'In Transit' | 'Arrived at Drop-off' | 'Delivered' | 'Returning' | 'Returned' | 'Cancelled' | 'No Driver Found';
export type DriverStatus = 'Available' | 'Busy' | 'Offline' | 'Unreachable';
export type GeoPoint = {
  type: 'Point';
  /** Longitude, then latitude */
  coordinates: [number, number];
};

/** What the gateway tells, by type: first of the business, then of the connection itself. More keys may come. */
export type Payloads = {
  new_booking_request: {
    booking_id: string;
    user_id: string;
    pickup_location: GeoPoint;
    dropoff_location: GeoPoint;
    vehicle_type: string;
    price_estimate: number;
    currency: string;
    scheduled_at?: string | null;
    /** To drivers only */
    offer_id?: string;
    /** From the driver to the pickup; to drivers only */
    distance_meters?: number;
    /** When the offer closes; to drivers only */
    expires_at?: string;
  };
  booking_accepted: {
    booking_id: string;
    driver_id: string;
    /** Counts the changes of that one thing */
    version: number;
  };
  driver_location: {
    booking_id: string;
    latitude: number;
    longitude: number;
    driver_id: string;
    recorded_at: string;
    /** How old it is as it is sent */
    age_ms: number;
    /** False: where the driver was last, and perhaps no longer is */
    is_live: boolean;
    heading?: number;
    speed?: number;
  };
  /** The driver of a booking has gone quiet (Dark), or is heard of again (Live) */
  driver_signal: {
    booking_id: string;
    driver_id: string;
    signal: 'Live' | 'Stale' | 'Dark';
    heard_at: string | null;
  };
  status_update: {
    booking_id: string;
    status: BookingStatus;
    previous_status: BookingStatus | null;
    driver_id: string | null;
    /** Who changed it */
    actor: ActorRole;
    reason: string | null;
    /** Counts the changes of that one thing */
    version: number;
  };
  driver_status_update: {
    driver_id: string;
    status: DriverStatus;
    /** Counts the changes of that one thing */
    version: number;
  };
  /** Where a driver in an area is that this connection watches; without `id` */
  driver_position: {
    /** The driver */
    driver_id: string;
    /** Their label as the position was taken in */
    status: DriverStatus;
    /** What they drive */
    vehicle_type: string | null;
    /** The booking that they are on */
    booking_id: string | null;
    /** Degrees */
    latitude: number;
    /** Degrees */
    longitude: number;
    /** When the device measured */
    recorded_at: string;
    /** Degrees from north */
    heading?: number;
    /** Metres a second */
    speed?: number;
  };
  booking_offer_closed: {
    booking_id: string;
    offer_id: string;
    outcome: 'accepted' | 'declined' | 'expired' | 'withdrawn';
  };
  /** The first message of every connection */
  hello: {
    session_id: string;
    heartbeat_ms: number;
    resume_window_ms: number;
    expires_at: string;
  };
  /** All that was missed has been sent; or, when not recovered, cannot be: fetch the state by HTTP */
  resumed: {
    recovered: boolean;
    replayed: number;
  };
  /** The session was extended by a new token */
  authenticated: {
    expires_at: string;
  };
  /** The session ends then; send `auth` with a new token before */
  token_expiring: {
    expires_at: string;
  };
  /** This instance stops: close, wait `reconnect_in_ms`, then connect anew with the place */
  goaway: {
    closes_in_ms: number;
    reconnect_in_ms: number;
  };
  /** The broker is away: nothing is delivered until `restored` */
  degraded: {
    since: string;
  };
  /** Delivery goes on; what happened meanwhile is being sent */
  restored: {
    since: string;
  };
  /** The answer to `ping` */
  pong: Record<string, never>;
  /** What is watched from now on under this name, null: nothing; and again when others are left out */
  watching: {
    /** The name that the client gave it */
    area: string;
    bbox: [number, number, number, number] | null;
    max: number;
    left_out: number;
  };
  /** The area is not watched; what was watched under its name before still is */
  watch_refused: {
    /** The name that the client gave it */
    area: string;
    code: 'not_admin' | 'bad_bbox' | 'area_too_wide' | 'too_many_areas' | 'gateway_full' | 'not_on_record';
    message: string;
  };
};

/** What a client may say. */
export type ClientPayloads = {
  /** Send again, in order, all that came after this id; then `resumed` */
  resume: {
    last_id: string;
  };
  /** Everything up to this id has been taken in */
  ack: {
    last_id: string;
  };
  /** A new token of the same principal; the session lasts as long as it */
  auth: {
    token: string;
  };
  /** For clients that cannot see WebSocket pings; answered by `pong` */
  ping: Record<string, never>;
  /** For admins: tell where drivers in this area are; answered by `watching` or `watch_refused` */
  watch_area: {
    /** A name, for clients that watch several; another `watch_area` with it replaces this */
    area?: string;
    /** West, south, east, north, in degrees, across 180° where west is greater; null: stop */
    bbox: [number, number, number, number] | null;
    /** Of so many drivers at the most */
    max?: number;
  };
};
