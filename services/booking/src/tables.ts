import type { AuditEntry, BookingStatus, DriverStatus, Role } from '@logi/contracts';
import type { EventTables } from '@logi/events';
import type { Tx } from '@logi/persistence';
import type { Generated, JSONColumnType, Selectable } from 'kysely';

type VehicleTypeTable = {
  vehicleType: string;
  currency: string;
  baseMinor: number;
  perKilometerMinor: number;
  perMinuteMinor: number;
  minimumMinor: number;
  averageKilometersPerHour: number;
  size: number;
  isOffered: boolean;
};

type BookingTable = {
  bookingId: string;
  userId: string;
  driverId: string | null;
  status: BookingStatus;
  version: number;
  pickupLatitude: number;
  pickupLongitude: number;
  dropoffLatitude: number;
  dropoffLongitude: number;
  vehicleType: string;
  priceMinor: number;
  currency: string;
  cell: string;
  scheduledAt: Date | null;
  createdAt: Generated<Date>;
  updatedAt: Generated<Date>;
  searchRound: Generated<number>;
  searchRadiusStep: Generated<number>;
  searchDeadline: Date | null;
  dispatchDueAt: Date | null;
  askedAt: Generated<Date | null>;
  offeredAt: Generated<Date | null>;
  acceptedAt: Generated<Date | null>;
  collectedAt: Generated<Date | null>;
  endedAt: Generated<Date | null>;
  endReason: Generated<string | null>;
};

type HistoryTable = {
  bookingId: string;
  version: number;
  fromStatus: BookingStatus | null;
  toStatus: BookingStatus;
  driverId: string | null;
  actorRole: 'user' | 'driver' | 'admin' | 'system';
  actorId: string;
  reason: string | null;
  at: Date;
};

export const OFFER_STATES = ['open', 'accepted', 'declined', 'expired', 'withdrawn', 'abandoned'] as const;
export type OfferState = (typeof OFFER_STATES)[number];

type OfferTable = {
  offerId: string;
  bookingId: string;
  driverId: string;
  round: number;
  rank: number;
  distanceMeters: number;
  state: Generated<OfferState>;
  createdAt: Date;
  expiresAt: Date;
  closedAt: Date | null;
};

type DriverTable = {
  driverId: string;
  jobBookingId: Generated<string | null>;
  openOffers: Generated<number>;
  workVersion: Generated<number>;
  offersMade: Generated<number>;
  offersAccepted: Generated<number>;
  freeSince: Generated<Date | null>;
  status: Generated<DriverStatus | null>;
};

type SearchRoundTable = {
  bookingId: string;
  round: number;
  radiusMeters: number;
  vehicleTypes: string[];
  requestedAt: Date;
  answeredAt: Date | null;
};

export const SCORE_CODES = ['eta', 'acceptance', 'idle', 'fix_age', 'fix_flaw'] as const;
export type ScoreLine = { code: (typeof SCORE_CODES)[number]; seconds: number };

export const SKIP_REASONS = ['taken', 'batch_full', 'user_share'] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

type CandidateTable = {
  bookingId: string;
  round: number;
  driverId: string;
  rank: number;
  distanceMeters: number;
  score: number;
  scoreLines: JSONColumnType<ScoreLine[]>;
  skipped: SkipReason | null;
  fixAgeMs: number | null;
  fixFlaw: string | null;
};

type ExcludedDriverTable = { bookingId: string; driverId: string; excludedBy: string; excludedAt: Generated<Date> };

type BlockTable = {
  role: Role;
  sub: string;
  blockId: string;
  version: number;
  change: number;
  reason: string | null;
  until: Date | null;
  tokensIssuedBefore: Date | null;
  blockedBy: string;
  blockedAt: Date;
  liftedAt: Date | null;
  isSettled: boolean;
};

type CancellationReasonTable = { reason: string; roles: string[]; description: string };

type IdempotencyKeyTable = {
  role: Role;
  userId: string;
  key: string;
  requestHash: Buffer;
  response: unknown;
  createdAt: Generated<Date>;
};

type QuoteTable = {
  quoteId: string;
  ownerRole: string;
  ownerId: string;
  pickupLatitude: number;
  pickupLongitude: number;
  dropoffLatitude: number;
  dropoffLongitude: number;
  vehicleType: string;
  scheduledAt: Date | null;
  currency: string;
  priceMinor: number;
  expiresAt: Date;
  usedAt: Date | null;
};

type SurgeTable = {
  cell: string;
  vehicleType: string;
  openSearches: number;
  availableDrivers: number;
  multiplier: number;
  updatedAt: Date;
};

type AuditTable = {
  auditId: string;
  actorRole: AuditEntry['actor']['role'];
  actorId: string;
  act: string;
  subjectKind: AuditEntry['subject']['kind'];
  subjectId: string;
  address: string | null;
  details: JSONColumnType<AuditEntry['details']>;
  at: Date;
  recordedAt: Generated<Date>;
};

/** The schema `booking`; see migrations/0003_booking.sql, 0005_quotes.sql, 0012_field.sql, 0015_caps_and_audit.sql, 0016_blocks.sql. */
export type Tables = EventTables & {
  vehicleType: VehicleTypeTable;
  booking: BookingTable;
  history: HistoryTable;
  offer: OfferTable;
  driver: DriverTable;
  searchRound: SearchRoundTable;
  candidate: CandidateTable;
  block: BlockTable;
  excludedDriver: ExcludedDriverTable;
  cancellationReason: CancellationReasonTable;
  idempotencyKey: IdempotencyKeyTable;
  quote: QuoteTable;
  surge: SurgeTable;
  audit: AuditTable;
};

export type BookingTx = Tx<Tables>;
export type VehicleType = Selectable<VehicleTypeTable>;
export type BookingRow = Selectable<BookingTable>;
/** Since then nobody else can change it, until the transaction ends. By the database's clock. */
export type LockedBooking = BookingRow & { lockedAt: Date };
export type HistoryRow = Selectable<HistoryTable>;
export type BlockRow = Selectable<BlockTable>;
export type OfferRow = Selectable<OfferTable>;
export type AuditRow = Selectable<AuditTable>;
export type DriverRow = Selectable<DriverTable>;
