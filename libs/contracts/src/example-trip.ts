/** The people, the trip and the times that all examples tell of: Ana has booked, Dro drives. */
export const ANA = 'ana';
export const DRO = 'dro';
export const BOOKING_ID = '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11';
export const FIRST_OFFER_ID = '0190c6f0-8a40-7f21-9d55-0c6b1f7e2a90';
export const HAPPENED_AT = '2026-01-31T12:00:00.123Z';
export const EXPIRES_AT = '2026-01-31T12:00:30.000Z';

export const TRIP = {
  user_id: ANA,
  pickup_location: { type: 'Point' as const, coordinates: [13.4, 52.52] as [number, number] },
  dropoff_location: { type: 'Point' as const, coordinates: [13.45, 52.5] as [number, number] },
  vehicle_type: 'van',
  price_estimate: 25.5,
  currency: 'EUR',
};
