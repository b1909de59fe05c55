// Written by `npm run docs` from docs/openapi.

export interface paths {
    "/v1/estimates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a trip costs, now or at the time of a later pickup, and a quote that keeps the price for a while
         * @description For users, drivers, admins.
         */
        post: operations["createEstimate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Bookings, newest first: one’s own, or all for an admin
         * @description For users, drivers, admins.
         */
        get: operations["listBookings"];
        put?: never;
        /**
         * Book a vehicle, for now or for a later pickup; an admin does so on behalf of a user
         * @description For users, admins.
         */
        post: operations["createBooking"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One booking; for a driver also one that they are being asked about
         * @description For users, drivers, admins.
         */
        get: operations["getBooking"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/offers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What one is being asked about now, and until when; the first to expire first
         * @description For drivers.
         */
        get: operations["listOffers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept the offer of this booking: the open one, or an expired one while nobody else is asked
         * @description For drivers.
         */
        post: operations["acceptOffer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decline the open offer; the next driver is asked
         * @description For drivers.
         */
        post: operations["declineOffer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}/assign": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a booking to a driver, or take it from one before collection; after it, hand the goods over to another
         * @description For admins.
         */
        post: operations["assignDriver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}/excluded-drivers/{driver_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Keep a driver from being asked about this booking; an open offer is withdrawn, a job goes on
         * @description For admins.
         */
        put: operations["excludeDriver"];
        post?: never;
        /**
         * Let a driver be asked about this booking again
         * @description For admins.
         */
        delete: operations["readmitDriver"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move a booking on, as its driver or an admin
         * @description For drivers, admins.
         */
        post: operations["advanceStatus"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel; a driver’s cancel before collection starts a new search, after collection the goods return
         * @description For users, drivers, admins.
         */
        post: operations["cancelBooking"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every change of status this booking went through, oldest first
         * @description For users, drivers, admins.
         */
        get: operations["listHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}/dispatch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the search for a driver went: every round, every candidate, and why each was asked or not
         * @description For admins.
         */
        get: operations["getDispatch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Figures of the bookings made in a time, by default the last day
         * @description For admins.
         */
        get: operations["getStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vehicle-types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The vehicle types on offer, smallest first
         * @description For users, drivers, admins.
         */
        get: operations["listVehicleTypes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cancellation-reasons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The reasons to cancel that are there for this role; any other text is taken, too
         * @description For users, drivers, admins.
         */
        get: operations["listCancellationReasons"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/vehicle-types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All vehicle types with their rates, also those that are not offered, smallest first
         * @description For admins.
         */
        get: operations["listAllVehicleTypes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/vehicle-types/{vehicle_type}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Add a vehicle type, or change one; what is left out stays as it is
         * @description For admins.
         */
        put: operations["putVehicleType"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the operator’s people did, newest first: who, what, to whom, from where, and when
         * @description For admins.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/blocks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Blocks that hold, newest first
         * @description For admins.
         */
        get: operations["listBlocks"];
        /**
         * Block a principal whole, or with `tokens_issued_before` their older tokens; replaces an earlier block
         * @description For admins.
         */
        put: operations["putBlock"];
        post?: never;
        /**
         * Lift a block; also where there is none
         * @description For admins.
         */
        delete: operations["liftBlock"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/drivers/me/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Go on duty or off
         * @description For drivers.
         */
        put: operations["setDuty"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/drivers/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is known of the driver who asks
         * @description For drivers.
         */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/drivers/{driver_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A driver, and what their devices say; where they are only while they are on duty or on a job
         * @description For admins.
         */
        get: operations["getDriver"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/drivers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Drivers by their ids as GeoJSON; with a box those in it, without one also those who have no place
         * @description For admins.
         */
        get: operations["listDrivers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/drivers/nearby": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Available drivers nearby, nearest first; for users without ids and only roughly placed
         * @description For users, admins.
         */
        get: operations["listNearbyDrivers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/locations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Points of the driver who calls; answered once they are committed
         * @description For drivers.
         */
        post: operations["postLocations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}/location": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where the driver of a booking is, or was last on this trip, while it is under way
         * @description For users, drivers, admins.
         */
        get: operations["getBookingLocation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}/trail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The way driven for a booking, as a GeoJSON LineString with times
         * @description For users, drivers, admins.
         */
        get: operations["getBookingTrail"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The WebSocket of a driver’s points. A plain GET answers what the upgrade would be refused with; 426: nothing
         * @description For drivers.
         */
        get: operations["openStream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/owntracks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Messages of the OwnTracks app (HTTP mode)
         * @description For drivers.
         */
        post: operations["receiveOwnTracks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/osmand": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Positions of Traccar Client, OsmAnd, GPSLogger, and apps with the background-geolocation plugin
         * @description For drivers.
         */
        get: operations["receiveOsmAndByGet"];
        put?: never;
        /**
         * Positions of Traccar Client, OsmAnd, GPSLogger, and apps with the background-geolocation plugin
         * @description For drivers.
         */
        post: operations["receiveOsmAndByPost"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/overland": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Positions of the Overland app
         * @description For drivers.
         */
        post: operations["receiveOverland"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is connected, on all instances: of one principal, of one role, or all
         * @description For admins.
         */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        /**
         * End sessions on all instances: of a principal, or one. Their tokens stay valid
         * @description For admins.
         */
        delete: operations["endSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ws": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The WebSocket of events. A plain GET answers what the upgrade would be refused with; 426: nothing
         * @description For users, drivers, admins.
         */
        get: operations["openEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Exchange a one-time code for an admin’s token of an hour
         * @description For everybody.
         */
        post: operations["signIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whose token this is, and until when it is good
         * @description For admins.
         */
        get: operations["getConsoleSession"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/console": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a page must know before anybody has signed in
         * @description For everybody.
         */
        get: operations["getSurroundings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/development-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a token for anybody; only where tokens are checked with the development secret
         * @description For admins.
         */
        post: operations["makeDevelopmentToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Each service, server and queue, and in words what is not as it should be
         * @description For admins.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Messages that could not be handled, newest first, and how many wait for a decision in each queue
         * @description For admins.
         */
        get: operations["listDeadLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A dead letter whole: headers, body, and what this message has been through
         * @description For admins.
         */
        get: operations["getDeadLetter"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send it to its queue again; a second time does nothing
         * @description For admins.
         */
        post: operations["replayDeadLetter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put it aside for good; it stays on record, with its body
         * @description For admins.
         */
        post: operations["discardDeadLetter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @example {
         *       "items": [
         *         {
         *           "vehicle_type": "van",
         *           "currency": "EUR",
         *           "base": 4,
         *           "per_kilometer": 1.5,
         *           "per_minute": 0.3,
         *           "minimum": 8,
         *           "average_kilometers_per_hour": 25,
         *           "size": 3,
         *           "is_offered": true
         *         }
         *       ]
         *     }
         */
        AllVehicleTypes: {
            items: components["schemas"]["VehicleTypeRates"][];
        };
        /**
         * @example {
         *       "driver_id": "dro"
         *     }
         * @example {
         *       "driver_id": null
         *     }
         */
        AssignRequest: {
            /** @description Null takes the driver off the booking and searches for another one */
            driver_id: string | null;
        };
        /**
         * @example {
         *       "items": [
         *         {
         *           "audit_id": "0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d15",
         *           "at": "2026-01-31T12:02:00.000Z",
         *           "actor": {
         *             "role": "admin",
         *             "id": "ops"
         *           },
         *           "act": "booking.cancelled",
         *           "subject": {
         *             "kind": "booking",
         *             "id": "0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11"
         *           },
         *           "address": "203.0.113.7",
         *           "details": {
         *             "reason": "duplicate"
         *           }
         *         }
         *       ],
         *       "next_cursor": null
         *     }
         */
        AuditPage: {
            items: {
                /** Format: uuid */
                audit_id: string;
                /** Format: date-time */
                at: string;
                /** @description Who did it */
                actor: {
                    /**
                     * @description `admin` has a token; `operator` is a name from a command line, which nobody has checked
                     * @enum {string}
                     */
                    role: "admin" | "operator";
                    /** @description The `sub` of the token, or that name */
                    id: string;
                };
                act: string;
                /** @description What it was done to */
                subject: {
                    /**
                     * @description What kind of thing
                     * @enum {string}
                     */
                    kind: "booking" | "user" | "driver" | "admin" | "session" | "vehicle_type" | "dead_letters" | "map";
                    /** @description Which one */
                    id: string;
                };
                /** @description From where; null where it came by no network */
                address: string | null;
                /** @description What else is to be known, by the act */
                details: {
                    [key: string]: unknown;
                };
            }[];
            next_cursor: string | null;
        };
        /**
         * @example {
         *       "role": "driver",
         *       "sub": "eve",
         *       "reason": "does not come",
         *       "until": null,
         *       "tokens_issued_before": null,
         *       "blocked_by": "ops",
         *       "blocked_at": "2026-01-31T12:02:00.000Z"
         *     }
         */
        Block: {
            role: components["schemas"]["Role"];
            sub: string;
            reason: string | null;
            /** @description When it ends by itself */
            until: string | null;
            /** @description Null: the principal is refused whole. Else, only older tokens */
            tokens_issued_before: string | null;
            /** @description The admin’s id */
            blocked_by: string;
            /** Format: date-time */
            blocked_at: string;
        };
        /**
         * @example {
         *       "items": [
         *         {
         *           "role": "driver",
         *           "sub": "eve",
         *           "reason": "does not come",
         *           "until": null,
         *           "tokens_issued_before": null,
         *           "blocked_by": "ops",
         *           "blocked_at": "2026-01-31T12:02:00.000Z"
         *         }
         *       ],
         *       "next_cursor": null
         *     }
         */
        BlockPage: {
            items: components["schemas"]["Block"][];
            next_cursor: string | null;
        };
        /**
         * @example {
         *       "reason": "does not come",
         *       "until": "2099-01-01T00:00:00Z"
         *     }
         */
        BlockRequest: {
            reason?: string | null;
            until?: string | null;
            tokens_issued_before?: string | null;
        };
        /**
         * @description An operator has blocked this principal
         * @example {
         *       "error": {
         *         "code": "blocked",
         *         "message": "An operator has blocked this principal",
         *         "request_id": "a1"
         *       }
         *     }
         */
        BlockedError: {
            error: {
                /** @constant */
                code: "blocked";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @example {
         *       "booking_id": "0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11",
         *       "user_id": "ana",
         *       "driver_id": "dro",
         *       "status": "Accepted",
         *       "version": 3,
         *       "pickup_location": {
         *         "type": "Point",
         *         "coordinates": [
         *           13.4,
         *           52.52
         *         ]
         *       },
         *       "dropoff_location": {
         *         "type": "Point",
         *         "coordinates": [
         *           13.45,
         *           52.5
         *         ]
         *       },
         *       "vehicle_type": "van",
         *       "price_estimate": 25.5,
         *       "currency": "EUR",
         *       "scheduled_at": null,
         *       "created_at": "2026-01-31T12:00:00.123Z",
         *       "updated_at": "2026-01-31T12:01:00.000Z"
         *     }
         */
        Booking: {
            /** Format: uuid */
            booking_id: string;
            user_id: string;
            driver_id: string | null;
            status: components["schemas"]["BookingStatus"];
            version: number;
            pickup_location: components["schemas"]["Point"];
            dropoff_location: components["schemas"]["Point"];
            vehicle_type: string;
            price_estimate: number;
            currency: string;
            scheduled_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        /**
         * @example {
         *       "items": [
         *         {
         *           "version": 3,
         *           "from": "Searching",
         *           "to": "Accepted",
         *           "driver_id": "dro",
         *           "actor": {
         *             "role": "driver",
         *             "id": "dro"
         *           },
         *           "reason": null,
         *           "at": "2026-01-31T12:01:00.000Z"
         *         }
         *       ]
         *     }
         */
        BookingHistory: {
            items: {
                version: number;
                from: components["schemas"]["BookingStatus"] | null;
                to: components["schemas"]["BookingStatus"];
                driver_id: string | null;
                actor: {
                    /** @enum {string} */
                    role: "user" | "driver" | "admin" | "system";
                    /** @description Of an admin only to admins */
                    id: string | null;
                };
                reason: string | null;
                /** Format: date-time */
                at: string;
            }[];
        };
        /**
         * @description No such booking, or it is not yours to see
         * @example {
         *       "error": {
         *         "code": "booking_not_found",
         *         "message": "No such booking, or it is not yours to see",
         *         "request_id": "a1"
         *       }
         *     }
         */
        BookingNotFoundError: {
            error: {
                /** @constant */
                code: "booking_not_found";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @example {
         *       "items": [
         *         {
         *           "booking_id": "0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11",
         *           "user_id": "ana",
         *           "driver_id": "dro",
         *           "status": "Accepted",
         *           "version": 3,
         *           "pickup_location": {
         *             "type": "Point",
         *             "coordinates": [
         *               13.4,
         *               52.52
         *             ]
         *           },
         *           "dropoff_location": {
         *             "type": "Point",
         *             "coordinates": [
         *               13.45,
         *               52.5
         *             ]
         *           },
         *           "vehicle_type": "van",
         *           "price_estimate": 25.5,
         *           "currency": "EUR",
         *           "scheduled_at": null,
         *           "created_at": "2026-01-31T12:00:00.123Z",
         *           "updated_at": "2026-01-31T12:01:00.000Z"
         *         }
         *       ],
         *       "next_cursor": null
         *     }
         */
        BookingPage: {
            items: components["schemas"]["Booking"][];
            next_cursor: string | null;
        };
        /**
         * @example {
         *       "pickup_location": {
         *         "type": "Point",
         *         "coordinates": [
         *           13.4,
         *           52.52
         *         ]
         *       },
         *       "dropoff_location": {
         *         "type": "Point",
         *         "coordinates": [
         *           13.45,
         *           52.5
         *         ]
         *       },
         *       "vehicle_type": "van"
         *     }
         * @example {
         *       "pickup_location": {
         *         "type": "Point",
         *         "coordinates": [
         *           13.4,
         *           52.52
         *         ]
         *       },
         *       "dropoff_location": {
         *         "type": "Point",
         *         "coordinates": [
         *           13.45,
         *           52.5
         *         ]
         *       },
         *       "vehicle_type": "van",
         *       "scheduled_at": "2026-02-01T08:00:00Z"
         *     }
         */
        BookingRequest: {
            pickup_location: components["schemas"]["SentPoint"];
            dropoff_location: components["schemas"]["SentPoint"];
            vehicle_type: string;
            /** @description From an estimate of the same shipment: its price holds */
            quote_id?: string | null;
            scheduled_at?: string | null;
            /** @description The user whose booking it is to be, where an admin makes it */
            on_behalf_of?: string | null;
        };
        /** @enum {string} */
        BookingStatus: "Scheduled" | "Searching" | "Accepted" | "En Route to Pickup" | "Arrived at Pickup" | "Goods Collected" | "In Transit" | "Arrived at Drop-off" | "Delivered" | "Returning" | "Returned" | "Cancelled" | "No Driver Found";
        /**
         * @example {
         *       "reason": "changed_plans"
         *     }
         */
        CancelRequest: {
            reason?: string | null;
        };
        /**
         * @example {
         *       "items": [
         *         {
         *           "reason": "changed_plans",
         *           "description": "Plans have changed"
         *         }
         *       ]
         *     }
         */
        CancellationReasons: {
            items: {
                reason: string;
                description: string;
            }[];
        };
        /**
         * @example {
         *       "booking_id": "0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11",
         *       "status": "Searching",
         *       "searches": [
         *         {
         *           "began_at": "2026-01-31T12:00:00.123Z",
         *           "ended_at": null,
         *           "ended_as": null,
         *           "reason": null
         *         }
         *       ],
         *       "excluded_drivers": [],
         *       "rounds": [
         *         {
         *           "round": 1,
         *           "radius_meters": 2000,
         *           "vehicle_types": [
         *             "van"
         *           ],
         *           "requested_at": "2026-01-31T12:00:00.200Z",
         *           "answered_at": "2026-01-31T12:00:00.250Z",
         *           "candidates": [
         *             {
         *               "driver_id": "dro",
         *               "rank": 1,
         *               "distance_meters": 850,
         *               "score": 120,
         *               "score_lines": [],
         *               "fix_age_ms": 4000,
         *               "fix_flaw": null,
         *               "skipped": null,
         *               "offered_at": "2026-01-31T12:00:00.300Z",
         *               "expires_at": "2026-01-31T12:00:15.300Z",
         *               "answered_at": null,
         *               "answer": "open"
         *             }
         *           ]
         *         }
         *       ]
         *     }
         */
        Dispatch: {
            booking_id: string;
            status: components["schemas"]["BookingStatus"];
            searches: {
                began_at: string;
                ended_at: string | null;
                ended_as: components["schemas"]["BookingStatus"] | null;
                reason: string | null;
            }[];
            excluded_drivers: {
                driver_id: string;
                excluded_by: string;
                excluded_at: string;
            }[];
            rounds: {
                round: number;
                radius_meters: number;
                vehicle_types: string[];
                requested_at: string;
                answered_at: string | null;
                candidates: {
                    driver_id: string;
                    rank: number;
                    distance_meters: number;
                    score: number;
                    score_lines: {
                        /** @enum {string} */
                        code: "eta" | "acceptance" | "idle" | "fix_age" | "fix_flaw";
                        seconds: number;
                    }[];
                    fix_age_ms: number | null;
                    fix_flaw: string | null;
                    skipped: ("taken" | "batch_full" | "user_share") | null;
                    offered_at: string | null;
                    expires_at: string | null;
                    answered_at: string | null;
                    answer: ("open" | "accepted" | "declined" | "expired" | "withdrawn" | "abandoned") | null;
                }[];
            }[];
        };
        /**
         * @description An operator has excluded this driver from this booking; lift that first
         * @example {
         *       "error": {
         *         "code": "driver_excluded",
         *         "message": "An operator has excluded this driver from this booking; lift that first",
         *         "request_id": "a1"
         *       }
         *     }
         */
        DriverExcludedError: {
            error: {
                /** @constant */
                code: "driver_excluded";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description This driver is off duty, unreachable or has a job
         * @example {
         *       "error": {
         *         "code": "driver_not_available",
         *         "message": "This driver is off duty, unreachable or has a job",
         *         "details": {
         *           "status": "Busy"
         *         },
         *         "request_id": "a1"
         *       }
         *     }
         */
        DriverNotAvailableError: {
            error: {
                /** @constant */
                code: "driver_not_available";
                /** @description For people */
                message: string;
                details?: {
                    status: components["schemas"]["DriverStatus"];
                };
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description No such driver
         * @example {
         *       "error": {
         *         "code": "driver_not_found",
         *         "message": "No such driver",
         *         "request_id": "a1"
         *       }
         *     }
         */
        DriverNotFoundError: {
            error: {
                /** @constant */
                code: "driver_not_found";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /** @enum {string} */
        DriverStatus: "Available" | "Busy" | "Offline" | "Unreachable";
        /**
         * @example {
         *       "quote_id": "0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d13",
         *       "price_estimate": 25.5,
         *       "currency": "EUR",
         *       "distance_meters": 5400,
         *       "duration_seconds": 900,
         *       "surge_multiplier": 1.2,
         *       "breakdown": [
         *         {
         *           "code": "base",
         *           "amount": 4
         *         },
         *         {
         *           "code": "distance",
         *           "amount": 12.25
         *         },
         *         {
         *           "code": "time",
         *           "amount": 5
         *         },
         *         {
         *           "code": "surge",
         *           "amount": 4.25
         *         }
         *       ],
         *       "expires_at": "2026-01-31T12:05:00.000Z"
         *     }
         */
        Estimate: {
            /** Format: uuid */
            quote_id: string;
            price_estimate: number;
            currency: string;
            distance_meters: number;
            duration_seconds: number;
            surge_multiplier: number;
            breakdown: {
                /** @enum {string} */
                code: "base" | "distance" | "time" | "minimum" | "surge";
                amount: number;
            }[];
            /** Format: date-time */
            expires_at: string;
        };
        /**
         * @example {
         *       "pickup_location": {
         *         "type": "Point",
         *         "coordinates": [
         *           13.4,
         *           52.52
         *         ]
         *       },
         *       "dropoff_location": {
         *         "type": "Point",
         *         "coordinates": [
         *           13.45,
         *           52.5
         *         ]
         *       },
         *       "vehicle_type": "van"
         *     }
         */
        EstimateRequest: {
            pickup_location: components["schemas"]["SentPoint"];
            dropoff_location: components["schemas"]["SentPoint"];
            vehicle_type: string;
            scheduled_at?: string | null;
        };
        /**
         * @description Expect names something else than 100-continue
         * @example {
         *       "error": {
         *         "code": "expectation_failed",
         *         "message": "Expect names something else than 100-continue",
         *         "request_id": "a1"
         *       }
         *     }
         */
        ExpectationFailedError: {
            error: {
                /** @constant */
                code: "expectation_failed";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description This role may not make this call
         * @example {
         *       "error": {
         *         "code": "forbidden",
         *         "message": "This role may not make this call",
         *         "request_id": "a1"
         *       }
         *     }
         */
        ForbiddenError: {
            error: {
                /** @constant */
                code: "forbidden";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description The headers are larger than the limit
         * @example {
         *       "error": {
         *         "code": "headers_too_large",
         *         "message": "The headers are larger than the limit",
         *         "request_id": "a1"
         *       }
         *     }
         */
        HeadersTooLargeError: {
            error: {
                /** @constant */
                code: "headers_too_large";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description This Idempotency-Key was used with another body
         * @example {
         *       "error": {
         *         "code": "idempotency_key_reused",
         *         "message": "This Idempotency-Key was used with another body",
         *         "request_id": "a1"
         *       }
         *     }
         */
        IdempotencyKeyReusedError: {
            error: {
                /** @constant */
                code: "idempotency_key_reused";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description The booking cannot go there from here; `details.allowed` is where it can
         * @example {
         *       "error": {
         *         "code": "illegal_transition",
         *         "message": "The booking cannot go there from here; `details.allowed` is where it can",
         *         "details": {
         *           "status": "Accepted",
         *           "allowed": [
         *             "En Route to Pickup"
         *           ]
         *         },
         *         "request_id": "a1"
         *       }
         *     }
         */
        IllegalTransitionError: {
            error: {
                /** @constant */
                code: "illegal_transition";
                /** @description For people */
                message: string;
                details: {
                    status: components["schemas"]["BookingStatus"];
                    allowed: components["schemas"]["BookingStatus"][];
                };
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description A fault on our side; it is in the log under the request id
         * @example {
         *       "error": {
         *         "code": "internal",
         *         "message": "A fault on our side; it is in the log under the request id",
         *         "request_id": "a1"
         *       }
         *     }
         */
        InternalError: {
            error: {
                /** @constant */
                code: "internal";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description The body is not JSON
         * @example {
         *       "error": {
         *         "code": "invalid_json",
         *         "message": "The body is not JSON",
         *         "request_id": "a1"
         *       }
         *     }
         */
        InvalidJsonError: {
            error: {
                /** @constant */
                code: "invalid_json";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description A parameter or the body is not of the documented form; `details` names where
         * @example {
         *       "error": {
         *         "code": "invalid_request",
         *         "message": "A parameter or the body is not of the documented form; `details` names where",
         *         "details": {
         *           "in": "body",
         *           "issues": [
         *             {
         *               "path": "/vehicle_type",
         *               "message": "Invalid input"
         *             }
         *           ]
         *         },
         *         "request_id": "a1"
         *       }
         *     }
         */
        InvalidRequestError: {
            error: {
                /** @constant */
                code: "invalid_request";
                /** @description For people */
                message: string;
                details?: {
                    /** @description Of the request: body, querystring, params or headers */
                    in: string;
                    issues: {
                        path: string;
                        message: string;
                    }[];
                };
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description scheduled_at is in the past or too far ahead
         * @example {
         *       "error": {
         *         "code": "invalid_schedule",
         *         "message": "scheduled_at is in the past or too far ahead",
         *         "request_id": "a1"
         *       }
         *     }
         */
        InvalidScheduleError: {
            error: {
                /** @constant */
                code: "invalid_schedule";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description No such path
         * @example {
         *       "error": {
         *         "code": "not_found",
         *         "message": "No such path",
         *         "request_id": "a1"
         *       }
         *     }
         */
        NotFoundError: {
            error: {
                /** @constant */
                code: "not_found";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description The offer is closed, or expired while another driver is asked; `details.status` is the booking’s status now
         * @example {
         *       "error": {
         *         "code": "offer_not_open",
         *         "message": "The offer is closed, or expired while another driver is asked; `details.status` is the booking’s status now",
         *         "details": {
         *           "status": "Accepted"
         *         },
         *         "request_id": "a1"
         *       }
         *     }
         */
        OfferNotOpenError: {
            error: {
                /** @constant */
                code: "offer_not_open";
                /** @description For people */
                message: string;
                details: {
                    status: components["schemas"]["BookingStatus"];
                };
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @example {
         *       "items": [
         *         {
         *           "offer_id": "0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d14",
         *           "expires_at": "2026-01-31T12:00:15.000Z",
         *           "distance_meters": 850,
         *           "booking_id": "0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11",
         *           "user_id": "ana",
         *           "pickup_location": {
         *             "type": "Point",
         *             "coordinates": [
         *               13.4,
         *               52.52
         *             ]
         *           },
         *           "dropoff_location": {
         *             "type": "Point",
         *             "coordinates": [
         *               13.45,
         *               52.5
         *             ]
         *           },
         *           "vehicle_type": "van",
         *           "price_estimate": 25.5,
         *           "currency": "EUR"
         *         }
         *       ]
         *     }
         */
        OpenOffers: {
            items: {
                /** Format: uuid */
                booking_id: string;
                user_id: string;
                pickup_location: components["schemas"]["Point"];
                dropoff_location: components["schemas"]["Point"];
                vehicle_type: string;
                price_estimate: number;
                currency: string;
                /** Format: uuid */
                offer_id: string;
                /** Format: date-time */
                expires_at: string;
                distance_meters: number;
            }[];
        };
        /**
         * @description Nobody can block themselves whole: another admin has to
         * @example {
         *       "error": {
         *         "code": "own_block",
         *         "message": "Nobody can block themselves whole: another admin has to",
         *         "request_id": "a1"
         *       }
         *     }
         */
        OwnBlockError: {
            error: {
                /** @constant */
                code: "own_block";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description The body is larger than the limit
         * @example {
         *       "error": {
         *         "code": "payload_too_large",
         *         "message": "The body is larger than the limit",
         *         "request_id": "a1"
         *       }
         *     }
         */
        PayloadTooLargeError: {
            error: {
                /** @constant */
                code: "payload_too_large";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @example {
         *       "type": "Point",
         *       "coordinates": [
         *         13.4,
         *         52.52
         *       ]
         *     }
         */
        Point: {
            /** @constant */
            type: "Point";
            /** @description Longitude, then latitude */
            coordinates: [
                number,
                number
            ];
        };
        /**
         * @description The quote is no longer kept; ask for a new estimate
         * @example {
         *       "error": {
         *         "code": "quote_expired",
         *         "message": "The quote is no longer kept; ask for a new estimate",
         *         "request_id": "a1"
         *       }
         *     }
         */
        QuoteExpiredError: {
            error: {
                /** @constant */
                code: "quote_expired";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description The quote was made for another trip, or for another time of pickup
         * @example {
         *       "error": {
         *         "code": "quote_mismatch",
         *         "message": "The quote was made for another trip, or for another time of pickup",
         *         "request_id": "a1"
         *       }
         *     }
         */
        QuoteMismatchError: {
            error: {
                /** @constant */
                code: "quote_mismatch";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description No such quote, or it is not yours
         * @example {
         *       "error": {
         *         "code": "quote_not_found",
         *         "message": "No such quote, or it is not yours",
         *         "request_id": "a1"
         *       }
         *     }
         */
        QuoteNotFoundError: {
            error: {
                /** @constant */
                code: "quote_not_found";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description The quote has been booked with; ask for a new estimate
         * @example {
         *       "error": {
         *         "code": "quote_used",
         *         "message": "The quote has been booked with; ask for a new estimate",
         *         "request_id": "a1"
         *       }
         *     }
         */
        QuoteUsedError: {
            error: {
                /** @constant */
                code: "quote_used";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description More than one caller may ask for; nothing of this was taken, send it again after Retry-After
         * @example {
         *       "error": {
         *         "code": "rate_limited",
         *         "message": "More than one caller may ask for; nothing of this was taken, send it again after Retry-After",
         *         "request_id": "a1"
         *       }
         *     }
         */
        RateLimitedError: {
            error: {
                /** @constant */
                code: "rate_limited";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description The request did not arrive in time
         * @example {
         *       "error": {
         *         "code": "request_timeout",
         *         "message": "The request did not arrive in time",
         *         "request_id": "a1"
         *       }
         *     }
         */
        RequestTimeoutError: {
            error: {
                /** @constant */
                code: "request_timeout";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /** @enum {string} */
        Role: "user" | "driver" | "admin";
        /**
         * @example {
         *       "type": "Point",
         *       "coordinates": [
         *         13.4,
         *         52.52
         *       ]
         *     }
         */
        SentPoint: {
            /** @constant */
            type: "Point";
            /** @description Longitude, then latitude */
            coordinates: [
                number,
                number
            ];
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "from": "2026-01-30T12:00:00.000Z",
         *       "to": "2026-01-31T12:00:00.000Z",
         *       "trips_completed": 106,
         *       "average_trip_seconds": 1260,
         *       "funnel": {
         *         "bookings": 120,
         *         "offered": 118,
         *         "accepted": 112,
         *         "collected": 108,
         *         "trips_completed": 106,
         *         "cancelled": 9,
         *         "no_driver_found": 3,
         *         "average_trip_seconds": 1260,
         *         "average_search_seconds": 21.5,
         *         "completed_value": 2714.5,
         *         "completed_values": [
         *           {
         *             "currency": "EUR",
         *             "amount": 2714.5
         *           }
         *         ],
         *         "reasons": [
         *           {
         *             "status": "Cancelled",
         *             "reason": "changed_plans",
         *             "bookings": 7
         *           }
         *         ]
         *       },
         *       "by_vehicle_type": [
         *         {
         *           "bookings": 120,
         *           "offered": 118,
         *           "accepted": 112,
         *           "collected": 108,
         *           "trips_completed": 106,
         *           "cancelled": 9,
         *           "no_driver_found": 3,
         *           "average_trip_seconds": 1260,
         *           "average_search_seconds": 21.5,
         *           "completed_value": 2714.5,
         *           "completed_values": [
         *             {
         *               "currency": "EUR",
         *               "amount": 2714.5
         *             }
         *           ],
         *           "vehicle_type": "van"
         *         }
         *       ],
         *       "by_hour": [
         *         {
         *           "bookings": 120,
         *           "offered": 118,
         *           "accepted": 112,
         *           "collected": 108,
         *           "trips_completed": 106,
         *           "cancelled": 9,
         *           "no_driver_found": 3,
         *           "average_trip_seconds": 1260,
         *           "average_search_seconds": 21.5,
         *           "completed_value": 2714.5,
         *           "completed_values": [
         *             {
         *               "currency": "EUR",
         *               "amount": 2714.5
         *             }
         *           ],
         *           "hour": "2026-01-31T11:00:00.000Z"
         *         }
         *       ],
         *       "by_status": [
         *         {
         *           "status": "Delivered",
         *           "bookings": 106
         *         },
         *         {
         *           "status": "Cancelled",
         *           "bookings": 9
         *         }
         *       ],
         *       "series": {
         *         "hours": [
         *           "2026-01-31T10:00:00.000Z",
         *           "2026-01-31T11:00:00.000Z"
         *         ],
         *         "by_vehicle_type": [
         *           {
         *             "vehicle_type": "van",
         *             "bookings": [
         *               0,
         *               120
         *             ],
         *             "trips_completed": [
         *               0,
         *               106
         *             ],
         *             "average_trip_seconds": [
         *               null,
         *               1260
         *             ],
         *             "average_search_seconds": [
         *               null,
         *               21.5
         *             ]
         *           }
         *         ]
         *       },
         *       "drivers": [
         *         {
         *           "driver_id": "dro",
         *           "trips_completed": 14,
         *           "average_trip_seconds": 1190,
         *           "offers": 17,
         *           "accepted": 15,
         *           "declined": 1,
         *           "expired": 1,
         *           "given_back": 0
         *         }
         *       ]
         *     }
         */
        Statistics: {
            from: string;
            to: string;
            trips_completed: number;
            average_trip_seconds: number | null;
            funnel: {
                bookings: number;
                offered: number;
                accepted: number;
                collected: number;
                trips_completed: number;
                cancelled: number;
                no_driver_found: number;
                average_trip_seconds: number | null;
                average_search_seconds: number | null;
                completed_value: number | null;
                completed_values: {
                    currency: string;
                    amount: number;
                }[];
                reasons: {
                    status: string;
                    reason: string;
                    bookings: number;
                }[];
            };
            by_vehicle_type: {
                bookings: number;
                offered: number;
                accepted: number;
                collected: number;
                trips_completed: number;
                cancelled: number;
                no_driver_found: number;
                average_trip_seconds: number | null;
                average_search_seconds: number | null;
                completed_value: number | null;
                completed_values: {
                    currency: string;
                    amount: number;
                }[];
                vehicle_type: string;
            }[];
            by_hour: {
                bookings: number;
                offered: number;
                accepted: number;
                collected: number;
                trips_completed: number;
                cancelled: number;
                no_driver_found: number;
                average_trip_seconds: number | null;
                average_search_seconds: number | null;
                completed_value: number | null;
                completed_values: {
                    currency: string;
                    amount: number;
                }[];
                hour: string;
            }[];
            by_status: {
                status: components["schemas"]["BookingStatus"];
                bookings: number;
            }[];
            /** @description A value for each of the hours, also for those in which nothing was booked */
            series: {
                hours: string[];
                by_vehicle_type: {
                    vehicle_type: string;
                    bookings: number[];
                    trips_completed: number[];
                    average_trip_seconds: (number | null)[];
                    average_search_seconds: (number | null)[];
                }[];
            };
            drivers: {
                driver_id: string;
                trips_completed: number;
                average_trip_seconds: number | null;
                offers: number;
                accepted: number;
                declined: number;
                expired: number;
                given_back: number;
            }[];
        };
        /**
         * @example {
         *       "status": "En Route to Pickup"
         *     }
         */
        StatusRequest: {
            status: components["schemas"]["BookingStatus"];
        };
        /**
         * @description An operator has revoked the tokens of this principal that were issued before a time; sign in again
         * @example {
         *       "error": {
         *         "code": "token_revoked",
         *         "message": "An operator has revoked the tokens of this principal that were issued before a time; sign in again",
         *         "request_id": "a1"
         *       }
         *     }
         */
        TokenRevokedError: {
            error: {
                /** @constant */
                code: "token_revoked";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description As many principals are blocked as can be; lift a block that is not needed
         * @example {
         *       "error": {
         *         "code": "too_many_blocks",
         *         "message": "As many principals are blocked as can be; lift a block that is not needed",
         *         "details": {
         *           "max": 20000
         *         },
         *         "request_id": "a1"
         *       }
         *     }
         */
        TooManyBlocksError: {
            error: {
                /** @constant */
                code: "too_many_blocks";
                /** @description For people */
                message: string;
                details: {
                    max: number;
                };
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description As many bookings of this user are searching for a driver as may (`details.max`); book again when one is over
         * @example {
         *       "error": {
         *         "code": "too_many_bookings",
         *         "message": "As many bookings of this user are searching for a driver as may (`details.max`); book again when one is over",
         *         "details": {
         *           "max": 20
         *         },
         *         "request_id": "a1"
         *       }
         *     }
         */
        TooManyBookingsError: {
            error: {
                /** @constant */
                code: "too_many_bookings";
                /** @description For people */
                message: string;
                details: {
                    max: number;
                };
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description This user has cancelled as often as one may in an hour; Retry-After says when it is possible again
         * @example {
         *       "error": {
         *         "code": "too_many_cancels",
         *         "message": "This user has cancelled as often as one may in an hour; Retry-After says when it is possible again",
         *         "request_id": "a1"
         *       }
         *     }
         */
        TooManyCancelsError: {
            error: {
                /** @constant */
                code: "too_many_cancels";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description As many bookings of this user wait for their pickup time as may (`details.max`)
         * @example {
         *       "error": {
         *         "code": "too_many_scheduled",
         *         "message": "As many bookings of this user wait for their pickup time as may (`details.max`)",
         *         "details": {
         *           "max": 100
         *         },
         *         "request_id": "a1"
         *       }
         *     }
         */
        TooManyScheduledError: {
            error: {
                /** @constant */
                code: "too_many_scheduled";
                /** @description For people */
                message: string;
                details: {
                    max: number;
                };
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description Pickup and drop-off are further apart than any vehicle drives
         * @example {
         *       "error": {
         *         "code": "trip_too_long",
         *         "message": "Pickup and drop-off are further apart than any vehicle drives",
         *         "request_id": "a1"
         *       }
         *     }
         */
        TripTooLongError: {
            error: {
                /** @constant */
                code: "trip_too_long";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description The token is missing, invalid or expired
         * @example {
         *       "error": {
         *         "code": "unauthenticated",
         *         "message": "The token is missing, invalid or expired",
         *         "request_id": "a1"
         *       }
         *     }
         */
        UnauthenticatedError: {
            error: {
                /** @constant */
                code: "unauthenticated";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description A part we need does not answer, or we are stopping; try again after Retry-After
         * @example {
         *       "error": {
         *         "code": "unavailable",
         *         "message": "A part we need does not answer, or we are stopping; try again after Retry-After",
         *         "request_id": "a1"
         *       }
         *     }
         */
        UnavailableError: {
            error: {
                /** @constant */
                code: "unavailable";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description No such vehicle type is offered
         * @example {
         *       "error": {
         *         "code": "unknown_vehicle_type",
         *         "message": "No such vehicle type is offered",
         *         "request_id": "a1"
         *       }
         *     }
         */
        UnknownVehicleTypeError: {
            error: {
                /** @constant */
                code: "unknown_vehicle_type";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description The body must be application/json, and not compressed
         * @example {
         *       "error": {
         *         "code": "unsupported_media_type",
         *         "message": "The body must be application/json, and not compressed",
         *         "request_id": "a1"
         *       }
         *     }
         */
        UnsupportedMediaTypeError: {
            error: {
                /** @constant */
                code: "unsupported_media_type";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @example {
         *       "per_kilometer": 1.6
         *     }
         */
        VehicleTypeChange: {
            currency?: string | null;
            base?: number | null;
            per_kilometer?: number | null;
            per_minute?: number | null;
            minimum?: number | null;
            average_kilometers_per_hour?: number | null;
            size?: number | null;
            is_offered?: boolean | null;
        };
        /**
         * @example {
         *       "vehicle_type": "van",
         *       "currency": "EUR",
         *       "base": 4,
         *       "per_kilometer": 1.5,
         *       "per_minute": 0.3,
         *       "minimum": 8,
         *       "average_kilometers_per_hour": 25,
         *       "size": 3,
         *       "is_offered": true
         *     }
         */
        VehicleTypeRates: {
            vehicle_type: string;
            currency: string;
            base: number;
            per_kilometer: number;
            per_minute: number;
            minimum: number;
            average_kilometers_per_hour: number;
            size: number;
            is_offered: boolean;
        };
        /**
         * @example {
         *       "items": [
         *         {
         *           "vehicle_type": "bike"
         *         },
         *         {
         *           "vehicle_type": "van"
         *         }
         *       ]
         *     }
         */
        VehicleTypes: {
            items: {
                vehicle_type: string;
            }[];
        };
        /**
         * @example {
         *       "booking_id": "0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11",
         *       "driver_id": "dro",
         *       "latitude": 52.52,
         *       "longitude": 13.4,
         *       "recorded_at": "2026-01-31T12:03:00.000Z",
         *       "age_ms": 3200,
         *       "is_live": true,
         *       "accuracy": 8,
         *       "speed": 11.5,
         *       "heading": 90
         *     }
         */
        BookingLocation: {
            booking_id: string;
            driver_id: string;
            latitude: number;
            longitude: number;
            recorded_at: string;
            /** @description How old it is now */
            age_ms: number;
            /** @description False: where the driver was last, and perhaps no longer is */
            is_live: boolean;
            accuracy: number | null;
            speed: number | null;
            heading: number | null;
        };
        /**
         * @example {
         *       "driver_id": "dro",
         *       "status": "Available",
         *       "vehicle_type": "van",
         *       "latitude": 52.52,
         *       "longitude": 13.4,
         *       "recorded_at": "2026-01-31T12:00:00.000Z",
         *       "booking_id": null
         *     }
         */
        Driver: {
            driver_id: string;
            status: components["schemas"]["DriverStatus"];
            vehicle_type: string | null;
            latitude: number | null;
            longitude: number | null;
            recorded_at: string | null;
            booking_id: string | null;
        };
        /**
         * @example {
         *       "type": "FeatureCollection",
         *       "features": [
         *         {
         *           "type": "Feature",
         *           "geometry": {
         *             "type": "Point",
         *             "coordinates": [
         *               13.4,
         *               52.52
         *             ]
         *           },
         *           "properties": {
         *             "driver_id": "dro",
         *             "status": "Available",
         *             "vehicle_type": "van",
         *             "recorded_at": "2026-01-31T12:00:00.000Z",
         *             "booking_id": null
         *           }
         *         }
         *       ],
         *       "next_cursor": null
         *     }
         */
        DriverPage: {
            /** @constant */
            type: "FeatureCollection";
            features: {
                /** @constant */
                type: "Feature";
                geometry: components["schemas"]["Point"] | null;
                properties: {
                    driver_id: string;
                    status: components["schemas"]["DriverStatus"];
                    vehicle_type: string | null;
                    recorded_at: string | null;
                    booking_id: string | null;
                };
            }[];
            next_cursor: string | null;
        };
        /**
         * @example {
         *       "driver_id": "dro",
         *       "status": "Available",
         *       "vehicle_type": "van",
         *       "latitude": 52.52,
         *       "longitude": 13.4,
         *       "recorded_at": "2026-01-31T12:00:00.000Z",
         *       "booking_id": null,
         *       "duty": "Online",
         *       "work": "Free",
         *       "signal": "Live",
         *       "heard_at": "2026-01-31T12:00:04.000Z",
         *       "heard_by": "points",
         *       "app": "logi-driver/2.1",
         *       "device": "Pixel 9",
         *       "fix_age_ms": 4000,
         *       "fix_flaw": null,
         *       "is_standing": false,
         *       "clock_offset_ms": 0
         *     }
         */
        DriverReport: {
            driver_id: string;
            status: components["schemas"]["DriverStatus"];
            vehicle_type: string | null;
            latitude: number | null;
            longitude: number | null;
            recorded_at: string | null;
            booking_id: string | null;
            /** @description What the driver wants; with work and signal it makes the status */
            duty: ("Online" | "Offline") | null;
            /** @description Whether the driver is taken */
            work: ("Free" | "Reserved" | "On Job") | null;
            signal: ("Live" | "Stale" | "Dark") | null;
            /** @description When the driver was last heard of, in whatever way */
            heard_at: string | null;
            /** @description How: by points, an answered ping, or a call of this route */
            heard_by: string | null;
            /** @description As it names itself */
            app: string | null;
            /** @description As it names itself */
            device: string | null;
            /** @description Of the fix that is believed */
            fix_age_ms: number | null;
            /** @description What is wrong with what came since */
            fix_flaw: string | null;
            /** @description Null: nothing tells */
            is_standing: boolean | null;
            /** @description What is added to the times of the device; 0: they are taken as they are */
            clock_offset_ms: number | null;
        };
        /**
         * @example {
         *       "status": "Available",
         *       "vehicle_type": "van",
         *       "latitude": 52.52,
         *       "longitude": 13.4
         *     }
         * @example {
         *       "status": "Offline"
         *     }
         */
        DutyRequest: {
            /** @enum {string} */
            status: "Available" | "Offline";
            vehicle_type?: string | null;
            latitude?: number | null;
            longitude?: number | null;
        };
        GeolocationPosition: {
            coords: {
                latitude: number;
                longitude: number;
                accuracy?: number | null;
                speed?: number | null;
                heading?: number | null;
            } & {
                [key: string]: unknown;
            };
            /** @description RFC 3339, or seconds or milliseconds since 1970 */
            timestamp: string | number;
        } & {
            [key: string]: unknown;
        };
        /**
         * @description The WebSocket handshake is malformed
         * @example {
         *       "error": {
         *         "code": "invalid_upgrade",
         *         "message": "The WebSocket handshake is malformed",
         *         "request_id": "a1"
         *       }
         *     }
         */
        InvalidUpgradeError: {
            error: {
                /** @constant */
                code: "invalid_upgrade";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description There is no location to see for this booking now
         * @example {
         *       "error": {
         *         "code": "location_not_found",
         *         "message": "There is no location to see for this booking now",
         *         "request_id": "a1"
         *       }
         *     }
         */
        LocationNotFoundError: {
            error: {
                /** @constant */
                code: "location_not_found";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @example {
         *       "items": [
         *         {
         *           "latitude": 52.521,
         *           "longitude": 13.402
         *         }
         *       ]
         *     }
         * @example {
         *       "items": [
         *         {
         *           "driver_id": "dro",
         *           "latitude": 52.52,
         *           "longitude": 13.4,
         *           "distance_meters": 140
         *         }
         *       ]
         *     }
         */
        NearbyDrivers: {
            items: {
                driver_id?: string;
                latitude: number;
                longitude: number;
                distance_meters?: number;
            }[];
        };
        /**
         * @description The Origin header is not in ALLOWED_ORIGINS
         * @example {
         *       "error": {
         *         "code": "origin_not_allowed",
         *         "message": "The Origin header is not in ALLOWED_ORIGINS",
         *         "request_id": "a1"
         *       }
         *     }
         */
        OriginNotAllowedError: {
            error: {
                /** @constant */
                code: "origin_not_allowed";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @example {
         *       "id": "phone",
         *       "lat": "52.52",
         *       "lon": "13.4",
         *       "timestamp": "1769860800"
         *     }
         */
        OsmAndParameters: {
            /** @description The device. It decides nothing: the token does */
            id?: string;
            /** @description Also `latitude`, or `location=lat,lon` */
            lat?: string;
            /** @description Also `lng`, `longitude` */
            lon?: string;
            /** @description RFC 3339, or seconds or milliseconds since 1970; also `time` */
            timestamp?: string;
            /** @description In metres; also `acc` */
            accuracy?: string;
            /** @description In knots; `spd` is in metres per second, `spd_kph` in km/h */
            speed?: string;
            /** @description In degrees from north; also `heading`, `dir` */
            bearing?: string;
            /** @description In percent; also `battery` */
            batt?: string;
            valid?: string;
            mock?: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "result": "ok"
         *     }
         */
        OverlandAnswer: {
            accepted?: number;
            rejected?: {
                index: number;
                /** @enum {string} */
                code: "invalid_point" | "too_old" | "encrypted" | "no_position" | "not_understood";
                /**
                 * @description What refused it
                 * @enum {string}
                 */
                field: "point" | "latitude" | "longitude" | "recorded_at";
                /** @description Sending it again cannot help */
                final: boolean;
            }[];
            /** @description So many more than are listed */
            more_rejected?: number;
            /** @constant */
            result: "ok";
        };
        /**
         * @example {
         *       "locations": [
         *         {
         *           "type": "Feature",
         *           "geometry": {
         *             "type": "Point",
         *             "coordinates": [
         *               13.4,
         *               52.52
         *             ]
         *           },
         *           "properties": {
         *             "timestamp": "2026-01-31T12:00:00Z",
         *             "horizontal_accuracy": 8,
         *             "speed": 11.5
         *           }
         *         }
         *       ]
         *     }
         */
        OverlandBatch: {
            locations: ({
                /** @constant */
                type: "Feature";
                geometry: {
                    /** @constant */
                    type: "Point";
                    coordinates: number[];
                } & {
                    [key: string]: unknown;
                };
                properties: {
                    timestamp: string;
                    horizontal_accuracy?: number;
                    speed?: number;
                } & {
                    [key: string]: unknown;
                };
            } & {
                [key: string]: unknown;
            })[];
        } & {
            [key: string]: unknown;
        };
        /** @example [] */
        OwnTracksAnswer: unknown[];
        /**
         * @example {
         *       "_type": "location",
         *       "lat": 52.52,
         *       "lon": 13.4,
         *       "tst": 1769860800,
         *       "acc": 8,
         *       "vel": 41,
         *       "batt": 87
         *     }
         */
        OwnTracksMessage: {
            /** @description `location` has a position; other messages are answered, and hold none */
            _type: string;
            lat?: number;
            lon?: number;
            /** @description When the fix was made, in seconds since 1970 */
            tst?: number;
            /** @description In metres */
            acc?: number;
            /** @description In km/h */
            vel?: number;
            /** @description In degrees from north */
            cog?: number;
            /** @description In percent */
            batt?: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "points": [
         *         {
         *           "latitude": 52.52,
         *           "longitude": 13.4,
         *           "recorded_at": "2026-01-31T12:00:00Z",
         *           "accuracy": 8,
         *           "speed": 11.5
         *         }
         *       ],
         *       "sent_at": "2026-01-31T12:00:01Z"
         *     }
         */
        PointsRequest: {
            points: (components["schemas"]["SentFix"] | components["schemas"]["GeolocationPosition"])[];
            /** @description When this is sent, by the clock of the device */
            sent_at?: (string | number) | null;
            device?: string | null;
            app?: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "accepted": 2,
         *       "rejected": [
         *         {
         *           "index": 1,
         *           "code": "invalid_point",
         *           "field": "latitude",
         *           "final": true
         *         }
         *       ]
         *     }
         */
        Receipt: {
            accepted: number;
            rejected: {
                index: number;
                /** @enum {string} */
                code: "invalid_point" | "too_old" | "encrypted" | "no_position" | "not_understood";
                /**
                 * @description What refused it
                 * @enum {string}
                 */
                field: "point" | "latitude" | "longitude" | "recorded_at";
                /** @description Sending it again cannot help */
                final: boolean;
            }[];
            /** @description So many more than are listed */
            more_rejected?: number;
        };
        /**
         * @example {
         *       "latitude": 52.52,
         *       "longitude": 13.4,
         *       "recorded_at": "2026-01-31T12:00:00Z",
         *       "accuracy": 8
         *     }
         */
        SentFix: {
            latitude: number;
            longitude: number;
            recorded_at?: (string | number) | null;
            created_at?: (string | number) | null;
            /** @description In metres */
            accuracy?: number | null;
            /** @description In metres per second */
            speed?: number | null;
            /** @description In degrees from north */
            heading?: number | null;
            /** @description In percent */
            battery?: number | null;
            /** @description Counts what one device sends */
            seq?: number | null;
            device?: string | null;
            app?: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * @description The buffer of points, or the share of it that is this driver’s, is full; nothing of this request was taken, send it again
         * @example {
         *       "error": {
         *         "code": "too_many_points",
         *         "message": "The buffer of points, or the share of it that is this driver’s, is full; nothing of this request was taken, send it again",
         *         "request_id": "a1"
         *       }
         *     }
         */
        TooManyPointsError: {
            error: {
                /** @constant */
                code: "too_many_points";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @example {
         *       "type": "Feature",
         *       "geometry": {
         *         "type": "LineString",
         *         "coordinates": [
         *           [
         *             13.4,
         *             52.52
         *           ],
         *           [
         *             13.41,
         *             52.515
         *           ]
         *         ]
         *       },
         *       "properties": {
         *         "booking_id": "0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11",
         *         "driver_id": "dro",
         *         "distance_meters": 880,
         *         "segments": [
         *           [
         *             0,
         *             1
         *           ]
         *         ],
         *         "coordinateProperties": {
         *           "times": [
         *             "2026-01-31T12:03:00.000Z",
         *             "2026-01-31T12:04:10.000Z"
         *           ]
         *         }
         *       }
         *     }
         */
        Trail: {
            /** @constant */
            type: "Feature";
            geometry: {
                /** @constant */
                type: "LineString";
                coordinates: [
                    number,
                    number
                ][];
            } | null;
            properties: {
                booking_id: string;
                driver_id: string;
                distance_meters: number;
                segments: [
                    number,
                    number
                ][];
                coordinateProperties: {
                    times: string[];
                };
            };
        };
        /**
         * @description This path speaks WebSocket only
         * @example {
         *       "error": {
         *         "code": "upgrade_required",
         *         "message": "This path speaks WebSocket only",
         *         "request_id": "a1"
         *       }
         *     }
         */
        UpgradeRequiredError: {
            error: {
                /** @constant */
                code: "upgrade_required";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @example {
         *       "count": 1,
         *       "missing_instances": []
         *     }
         */
        EndedSessions: {
            count: number;
            missing_instances: string[];
        };
        /**
         * @example {
         *       "items": [
         *         {
         *           "session_id": "0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d16",
         *           "instance_id": "0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d17",
         *           "role": "user",
         *           "sub": "ana",
         *           "address": "203.0.113.7",
         *           "protocol": "logi.v2",
         *           "connected_at": "2026-01-31T12:00:00.000Z",
         *           "expires_at": "2026-01-31T13:00:00.000Z",
         *           "acked_id": null,
         *           "queued_events": 0,
         *           "queued_bytes": 0
         *         }
         *       ],
         *       "count": 1,
         *       "missing_instances": []
         *     }
         */
        Sessions: {
            items: {
                session_id: string;
                instance_id: string;
                role: components["schemas"]["Role"];
                sub: string;
                address: string;
                protocol: string;
                /** Format: date-time */
                connected_at: string;
                expires_at: string | null;
                acked_id: string | null;
                queued_events: number;
                queued_bytes: number;
            }[];
            count: number;
            missing_instances: string[];
        };
        /**
         * @description This network address has as many connections open as it may
         * @example {
         *       "error": {
         *         "code": "too_many_connections",
         *         "message": "This network address has as many connections open as it may",
         *         "request_id": "a1"
         *       }
         *     }
         */
        TooManyConnectionsError: {
            error: {
                /** @constant */
                code: "too_many_connections";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description `types` names a message type that does not exist
         * @example {
         *       "error": {
         *         "code": "unknown_message_type",
         *         "message": "`types` names a message type that does not exist",
         *         "details": {
         *           "known": [
         *             "status_update"
         *           ]
         *         },
         *         "request_id": "a1"
         *       }
         *     }
         */
        UnknownMessageTypeError: {
            error: {
                /** @constant */
                code: "unknown_message_type";
                /** @description For people */
                message: string;
                details: {
                    known: string[];
                };
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @example {
         *       "sub": "ada",
         *       "expires_at": "2026-01-31T13:00:00.000Z",
         *       "now": "2026-01-31T12:00:00.000Z",
         *       "map": {
         *         "style_url": null,
         *         "tiles_url": null,
         *         "has_file": false
         *       }
         *     }
         */
        ConsoleSession: {
            sub: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: date-time */
            now: string;
            map: {
                style_url: string | null;
                tiles_url: string | null;
                has_file: boolean;
            };
        };
        /**
         * @example {
         *       "id": "17",
         *       "message_id": "0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d16",
         *       "queue": "booking.tracking-events",
         *       "type": "driver.status_changed",
         *       "reason": "not an event",
         *       "attempt": 5,
         *       "died_at": "2026-01-31T12:00:00.000Z",
         *       "is_replayable": true,
         *       "fate": null,
         *       "decided_by": null,
         *       "decided_at": null
         *     }
         */
        DeadLetter: {
            id: string;
            message_id: string;
            queue: string;
            type: string;
            reason: string;
            attempt: number;
            /** Format: date-time */
            died_at: string;
            is_replayable: boolean;
            fate: ("replayed" | "discarded") | null;
            decided_by: string | null;
            decided_at: string | null;
        };
        /**
         * @description Somebody has decided otherwise about this dead letter; `details` says what, who and when
         * @example {
         *       "error": {
         *         "code": "dead_letter_decided",
         *         "message": "Somebody has decided otherwise about this dead letter; `details` says what, who and when",
         *         "details": {
         *           "fate": "discarded",
         *           "decided_by": "ada",
         *           "decided_at": "2026-01-31T12:00:00.000Z"
         *         },
         *         "request_id": "a1"
         *       }
         *     }
         */
        DeadLetterDecidedError: {
            error: {
                /** @constant */
                code: "dead_letter_decided";
                /** @description For people */
                message: string;
                details: {
                    /** @enum {string} */
                    fate: "replayed" | "discarded";
                    decided_by: string;
                    /** Format: date-time */
                    decided_at: string;
                };
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description No such dead letter
         * @example {
         *       "error": {
         *         "code": "dead_letter_not_found",
         *         "message": "No such dead letter",
         *         "request_id": "a1"
         *       }
         *     }
         */
        DeadLetterNotFoundError: {
            error: {
                /** @constant */
                code: "dead_letter_not_found";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description It is of a stream, which has its messages still: there is nowhere to replay it to
         * @example {
         *       "error": {
         *         "code": "dead_letter_not_replayable",
         *         "message": "It is of a stream, which has its messages still: there is nowhere to replay it to",
         *         "request_id": "a1"
         *       }
         *     }
         */
        DeadLetterNotReplayableError: {
            error: {
                /** @constant */
                code: "dead_letter_not_replayable";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @example {
         *       "items": [
         *         {
         *           "id": "17",
         *           "message_id": "0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d16",
         *           "queue": "booking.tracking-events",
         *           "type": "driver.status_changed",
         *           "reason": "not an event",
         *           "attempt": 5,
         *           "died_at": "2026-01-31T12:00:00.000Z",
         *           "is_replayable": true,
         *           "fate": null,
         *           "decided_by": null,
         *           "decided_at": null
         *         }
         *       ],
         *       "next_cursor": null,
         *       "counts": [
         *         {
         *           "queue": "booking.tracking-events",
         *           "count": 1,
         *           "oldest_died_at": "2026-01-31T12:00:00.000Z"
         *         }
         *       ],
         *       "is_current": true
         *     }
         */
        DeadLetters: {
            items: components["schemas"]["DeadLetter"][];
            next_cursor: string | null;
            counts: {
                queue: string;
                count: number;
                /** Format: date-time */
                oldest_died_at: string;
            }[];
            /** @description False where the broker, or another operator, kept us from looking for more */
            is_current: boolean;
        };
        /**
         * @example {
         *       "dry_run": true,
         *       "letter": {
         *         "id": "17",
         *         "message_id": "0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d16",
         *         "queue": "booking.tracking-events",
         *         "type": "driver.status_changed",
         *         "reason": "not an event",
         *         "attempt": 5,
         *         "died_at": "2026-01-31T12:00:00.000Z",
         *         "is_replayable": true,
         *         "fate": null,
         *         "decided_by": null,
         *         "decided_at": null
         *       }
         *     }
         */
        DecidedDeadLetter: {
            dry_run: boolean;
            letter: components["schemas"]["DeadLetter"];
        };
        /**
         * @example {
         *       "token": "eyJhbGciOi…"
         *     }
         */
        DevelopmentToken: {
            token: string;
        };
        /**
         * @example {
         *       "checked_at": "2026-01-31T12:00:00.000Z",
         *       "findings": [
         *         {
         *           "level": "act",
         *           "code": "no_consumer",
         *           "about": "tracking.booking-events",
         *           "says": "Nobody takes from tracking.booking-events, where 3 messages wait.",
         *           "to_do": "Look whether the service of that name runs and reaches the broker."
         *         }
         *       ],
         *       "services": [
         *         {
         *           "service": "booking",
         *           "state": "ready",
         *           "reason": null,
         *           "outbox_oldest_seconds": 0,
         *           "stream_lag_seconds": null,
         *           "open_sockets": null
         *         }
         *       ],
         *       "has_database": true,
         *       "has_broker": true,
         *       "queues": [
         *         {
         *           "queue": "tracking.booking-events",
         *           "kind": "work",
         *           "exists": true,
         *           "messages": 3,
         *           "consumers": 0
         *         }
         *       ],
         *       "waiting_letters": 0
         *     }
         */
        Health: {
            /** Format: date-time */
            checked_at: string;
            findings: {
                /** @enum {string} */
                level: "act" | "watch";
                code: string;
                about: string;
                says: string;
                to_do: string;
            }[];
            services: {
                /** @enum {string} */
                service: "booking" | "tracking" | "gateway";
                /** @enum {string} */
                state: "ready" | "not_ready" | "away";
                reason: string | null;
                outbox_oldest_seconds: number | null;
                stream_lag_seconds: number | null;
                open_sockets: number | null;
            }[];
            has_database: boolean;
            has_broker: boolean;
            queues: {
                queue: string;
                /** @enum {string} */
                kind: "work" | "stream" | "retry" | "dead" | "unrouted";
                exists: boolean;
                messages: number;
                consumers: number;
            }[];
            waiting_letters: number;
        };
        /**
         * @example {
         *       "code": "eyJhbGciOi…"
         *     }
         */
        SignInCode: {
            code: string;
        };
        /**
         * @description The sign-in code is wrong, or older than five minutes; ask for another
         * @example {
         *       "error": {
         *         "code": "sign_in_code_invalid",
         *         "message": "The sign-in code is wrong, or older than five minutes; ask for another",
         *         "request_id": "a1"
         *       }
         *     }
         */
        SignInCodeInvalidError: {
            error: {
                /** @constant */
                code: "sign_in_code_invalid";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @description The sign-in code has been used; each is good once
         * @example {
         *       "error": {
         *         "code": "sign_in_code_used",
         *         "message": "The sign-in code has been used; each is good once",
         *         "request_id": "a1"
         *       }
         *     }
         */
        SignInCodeUsedError: {
            error: {
                /** @constant */
                code: "sign_in_code_used";
                /** @description For people */
                message: string;
                /** @description As x-request-id: by it, the request is found in our logs */
                request_id: string;
            };
        };
        /**
         * @example {
         *       "token": "eyJhbGciOi…",
         *       "sub": "ada",
         *       "expires_at": "2026-01-31T13:00:00.000Z"
         *     }
         */
        SignedIn: {
            token: string;
            sub: string;
            /** Format: date-time */
            expires_at: string;
        };
        /**
         * @example {
         *       "has_codes": true,
         *       "is_development": false
         *     }
         */
        Surroundings: {
            has_codes: boolean;
            is_development: boolean;
        };
        /**
         * @example {
         *       "id": "17",
         *       "message_id": "0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d16",
         *       "queue": "booking.tracking-events",
         *       "type": "driver.status_changed",
         *       "reason": "not an event",
         *       "attempt": 5,
         *       "died_at": "2026-01-31T12:00:00.000Z",
         *       "is_replayable": true,
         *       "fate": null,
         *       "decided_by": null,
         *       "decided_at": null,
         *       "headers": {
         *         "x-attempt": 5
         *       },
         *       "body": "{}",
         *       "history": [
         *         {
         *           "id": "17",
         *           "message_id": "0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d16",
         *           "queue": "booking.tracking-events",
         *           "type": "driver.status_changed",
         *           "reason": "not an event",
         *           "attempt": 5,
         *           "died_at": "2026-01-31T12:00:00.000Z",
         *           "is_replayable": true,
         *           "fate": null,
         *           "decided_by": null,
         *           "decided_at": null
         *         }
         *       ]
         *     }
         */
        WholeDeadLetter: {
            id: string;
            message_id: string;
            queue: string;
            type: string;
            reason: string;
            attempt: number;
            /** Format: date-time */
            died_at: string;
            is_replayable: boolean;
            fate: ("replayed" | "discarded") | null;
            decided_by: string | null;
            decided_at: string | null;
            headers: {
                [key: string]: unknown;
            };
            body?: string;
            body_base64?: string;
            history: components["schemas"]["DeadLetter"][];
        };
        /**
         * @example {
         *       "role": "user",
         *       "sub": "alice"
         *     }
         */
        Whose: {
            role: components["schemas"]["Role"];
            sub: string;
        };
    };
    responses: {
        /** @description `blocked`: An operator has blocked this principal */
        Blocked: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["BlockedError"];
            };
        };
        /** @description `expectation_failed`: Expect names something else than 100-continue */
        ExpectationFailed: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ExpectationFailedError"];
            };
        };
        /** @description `headers_too_large`: The headers are larger than the limit */
        HeadersTooLarge: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["HeadersTooLargeError"];
            };
        };
        /** @description `internal`: A fault on our side; it is in the log under the request id */
        Internal: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["InternalError"];
            };
        };
        /** @description `invalid_json`: The body is not JSON. `invalid_request`: A parameter or the body is not of the documented form; `details` names where. `trip_too_long`: Pickup and drop-off are further apart than any vehicle drives. `unknown_vehicle_type`: No such vehicle type is offered */
        InvalidJsonOrInvalidRequestOrTripTooLongOrUnknownVehicleType: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["InvalidJsonError"] | components["schemas"]["InvalidRequestError"] | components["schemas"]["TripTooLongError"] | components["schemas"]["UnknownVehicleTypeError"];
            };
        };
        /** @description `payload_too_large`: The body is larger than the limit */
        PayloadTooLarge: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["PayloadTooLargeError"];
            };
        };
        /** @description `rate_limited`: More than one caller may ask for; nothing of this was taken, send it again after Retry-After */
        RateLimited: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "retry-after": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RateLimitedError"];
            };
        };
        /** @description `request_timeout`: The request did not arrive in time */
        RequestTimeout: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RequestTimeoutError"];
            };
        };
        /** @description `token_revoked`: An operator has revoked the tokens of this principal that were issued before a time; sign in again. `unauthenticated`: The token is missing, invalid or expired */
        TokenRevokedOrUnauthenticated: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "www-authenticate": components["headers"]["Challenge"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["TokenRevokedError"] | components["schemas"]["UnauthenticatedError"];
            };
        };
        /** @description `unavailable`: A part we need does not answer, or we are stopping; try again after Retry-After */
        Unavailable: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "retry-after": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["UnavailableError"];
            };
        };
        /** @description `unsupported_media_type`: The body must be application/json, and not compressed */
        UnsupportedMediaType: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["UnsupportedMediaTypeError"];
            };
        };
        /** @description `blocked`: An operator has blocked this principal. `forbidden`: This role may not make this call */
        BlockedOrForbidden: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["BlockedError"] | components["schemas"]["ForbiddenError"];
            };
        };
        /** @description `idempotency_key_reused`: This Idempotency-Key was used with another body */
        IdempotencyKeyReused: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["IdempotencyKeyReusedError"];
            };
        };
        /** @description `invalid_json`: The body is not JSON. `invalid_request`: A parameter or the body is not of the documented form; `details` names where. `invalid_schedule`: scheduled_at is in the past or too far ahead. `trip_too_long`: Pickup and drop-off are further apart than any vehicle drives. `unknown_vehicle_type`: No such vehicle type is offered */
        InvalidJsonOrInvalidRequestOrInvalidScheduleOrTripTooLongOrUnknownVehicleType: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["InvalidJsonError"] | components["schemas"]["InvalidRequestError"] | components["schemas"]["InvalidScheduleError"] | components["schemas"]["TripTooLongError"] | components["schemas"]["UnknownVehicleTypeError"];
            };
        };
        /** @description `quote_expired`: The quote is no longer kept; ask for a new estimate. `quote_mismatch`: The quote was made for another trip, or for another time of pickup. `quote_used`: The quote has been booked with; ask for a new estimate. `too_many_bookings`: As many bookings of this user are searching for a driver as may (`details.max`); book again when one is over. `too_many_scheduled`: As many bookings of this user wait for their pickup time as may (`details.max`) */
        QuoteExpiredOrQuoteMismatchOrQuoteUsedOrTooManyBookingsOrTooManyScheduled: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["QuoteExpiredError"] | components["schemas"]["QuoteMismatchError"] | components["schemas"]["QuoteUsedError"] | components["schemas"]["TooManyBookingsError"] | components["schemas"]["TooManyScheduledError"];
            };
        };
        /** @description `quote_not_found`: No such quote, or it is not yours */
        QuoteNotFound: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["QuoteNotFoundError"];
            };
        };
        /** @description `invalid_request`: A parameter or the body is not of the documented form; `details` names where */
        InvalidRequest: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["InvalidRequestError"];
            };
        };
        /** @description `booking_not_found`: No such booking, or it is not yours to see. `not_found`: No such path */
        BookingNotFoundOrNotFound: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["BookingNotFoundError"] | components["schemas"]["NotFoundError"];
            };
        };
        /** @description `invalid_json`: The body is not JSON. `invalid_request`: A parameter or the body is not of the documented form; `details` names where */
        InvalidJsonOrInvalidRequest: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["InvalidJsonError"] | components["schemas"]["InvalidRequestError"];
            };
        };
        /** @description `offer_not_open`: The offer is closed, or expired while another driver is asked; `details.status` is the booking’s status now */
        OfferNotOpen: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["OfferNotOpenError"];
            };
        };
        /** @description `booking_not_found`: No such booking, or it is not yours to see. `driver_not_found`: No such driver. `not_found`: No such path */
        BookingNotFoundOrDriverNotFoundOrNotFound: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["BookingNotFoundError"] | components["schemas"]["DriverNotFoundError"] | components["schemas"]["NotFoundError"];
            };
        };
        /** @description `driver_excluded`: An operator has excluded this driver from this booking; lift that first. `driver_not_available`: This driver is off duty, unreachable or has a job. `illegal_transition`: The booking cannot go there from here; `details.allowed` is where it can */
        DriverExcludedOrDriverNotAvailableOrIllegalTransition: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["DriverExcludedError"] | components["schemas"]["DriverNotAvailableError"] | components["schemas"]["IllegalTransitionError"];
            };
        };
        /** @description `illegal_transition`: The booking cannot go there from here; `details.allowed` is where it can */
        IllegalTransition: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["IllegalTransitionError"];
            };
        };
        /** @description `rate_limited`: More than one caller may ask for; nothing of this was taken, send it again after Retry-After. `too_many_cancels`: This user has cancelled as often as one may in an hour; Retry-After says when it is possible again */
        RateLimitedOrTooManyCancels: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "retry-after": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RateLimitedError"] | components["schemas"]["TooManyCancelsError"];
            };
        };
        /** @description `not_found`: No such path */
        NotFound: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["NotFoundError"];
            };
        };
        /** @description `own_block`: Nobody can block themselves whole: another admin has to. `too_many_blocks`: As many principals are blocked as can be; lift a block that is not needed */
        OwnBlockOrTooManyBlocks: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["OwnBlockError"] | components["schemas"]["TooManyBlocksError"];
            };
        };
        /** @description `rate_limited`: More than one caller may ask for; nothing of this was taken, send it again after Retry-After. `too_many_points`: The buffer of points, or the share of it that is this driver’s, is full; nothing of this request was taken, send it again */
        RateLimitedOrTooManyPoints: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "retry-after": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RateLimitedError"] | components["schemas"]["TooManyPointsError"];
            };
        };
        /** @description `driver_not_found`: No such driver. `not_found`: No such path */
        DriverNotFoundOrNotFound: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["DriverNotFoundError"] | components["schemas"]["NotFoundError"];
            };
        };
        /** @description `location_not_found`: There is no location to see for this booking now. `not_found`: No such path */
        LocationNotFoundOrNotFound: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["LocationNotFoundError"] | components["schemas"]["NotFoundError"];
            };
        };
        /** @description `blocked`: An operator has blocked this principal. `forbidden`: This role may not make this call. `origin_not_allowed`: The Origin header is not in ALLOWED_ORIGINS */
        BlockedOrForbiddenOrOriginNotAllowed: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["BlockedError"] | components["schemas"]["ForbiddenError"] | components["schemas"]["OriginNotAllowedError"];
            };
        };
        /** @description `invalid_request`: A parameter or the body is not of the documented form; `details` names where. `invalid_upgrade`: The WebSocket handshake is malformed */
        InvalidRequestOrInvalidUpgrade: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["InvalidRequestError"] | components["schemas"]["InvalidUpgradeError"];
            };
        };
        /** @description `upgrade_required`: This path speaks WebSocket only */
        UpgradeRequired: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["UpgradeRequiredError"];
            };
        };
        /** @description `blocked`: An operator has blocked this principal. `origin_not_allowed`: The Origin header is not in ALLOWED_ORIGINS */
        BlockedOrOriginNotAllowed: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["BlockedError"] | components["schemas"]["OriginNotAllowedError"];
            };
        };
        /** @description `invalid_request`: A parameter or the body is not of the documented form; `details` names where. `invalid_upgrade`: The WebSocket handshake is malformed. `unknown_message_type`: `types` names a message type that does not exist */
        InvalidRequestOrInvalidUpgradeOrUnknownMessageType: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["InvalidRequestError"] | components["schemas"]["InvalidUpgradeError"] | components["schemas"]["UnknownMessageTypeError"];
            };
        };
        /** @description `rate_limited`: More than one caller may ask for; nothing of this was taken, send it again after Retry-After. `too_many_connections`: This network address has as many connections open as it may */
        RateLimitedOrTooManyConnections: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "retry-after": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RateLimitedError"] | components["schemas"]["TooManyConnectionsError"];
            };
        };
        /** @description `sign_in_code_invalid`: The sign-in code is wrong, or older than five minutes; ask for another. `sign_in_code_used`: The sign-in code has been used; each is good once */
        SignInCodeInvalidOrSignInCodeUsed: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "www-authenticate": components["headers"]["Challenge"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["SignInCodeInvalidError"] | components["schemas"]["SignInCodeUsedError"];
            };
        };
        /** @description `dead_letter_not_found`: No such dead letter. `not_found`: No such path */
        DeadLetterNotFoundOrNotFound: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["DeadLetterNotFoundError"] | components["schemas"]["NotFoundError"];
            };
        };
        /** @description `dead_letter_decided`: Somebody has decided otherwise about this dead letter; `details` says what, who and when. `dead_letter_not_replayable`: It is of a stream, which has its messages still: there is nowhere to replay it to */
        DeadLetterDecidedOrDeadLetterNotReplayable: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["DeadLetterDecidedError"] | components["schemas"]["DeadLetterNotReplayableError"];
            };
        };
        /** @description `dead_letter_decided`: Somebody has decided otherwise about this dead letter; `details` says what, who and when */
        DeadLetterDecided: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["DeadLetterDecidedError"];
            };
        };
    };
    parameters: {
        /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
        RequestId: string;
    };
    requestBodies: never;
    headers: {
        /** @description What this request is called: as it was sent, or a new name. It is in our logs, and in errors. */
        RequestId: string;
        /** @description In so many seconds it may be tried again */
        RetryAfter: number;
        /** @description How to say who one is */
        Challenge: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    createEstimate: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EstimateRequest"];
            };
        };
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Estimate"];
                };
            };
            400: components["responses"]["InvalidJsonOrInvalidRequestOrTripTooLongOrUnknownVehicleType"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["Blocked"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listBookings: {
        parameters: {
            query?: {
                status?: components["schemas"]["BookingStatus"];
                active?: "true" | "false";
                limit?: number;
                cursor?: string;
                user_id?: string;
                driver_id?: string;
                vehicle_type?: string;
                from?: string;
                to?: string;
            };
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookingPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["Blocked"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    createBooking: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BookingRequest"];
            };
        };
        responses: {
            /** @description It is there now */
            201: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Booking"];
                };
            };
            400: components["responses"]["InvalidJsonOrInvalidRequestOrInvalidScheduleOrTripTooLongOrUnknownVehicleType"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            404: components["responses"]["QuoteNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["QuoteExpiredOrQuoteMismatchOrQuoteUsedOrTooManyBookingsOrTooManyScheduled"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getBooking: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Booking"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["Blocked"];
            404: components["responses"]["BookingNotFoundOrNotFound"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listOffers: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenOffers"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    acceptOffer: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Booking"];
                };
            };
            400: components["responses"]["InvalidJsonOrInvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            404: components["responses"]["BookingNotFoundOrNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["OfferNotOpen"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    declineOffer: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidJsonOrInvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            404: components["responses"]["BookingNotFoundOrNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["OfferNotOpen"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    assignDriver: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AssignRequest"];
            };
        };
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Booking"];
                };
            };
            400: components["responses"]["InvalidJsonOrInvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            404: components["responses"]["BookingNotFoundOrDriverNotFoundOrNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["DriverExcludedOrDriverNotAvailableOrIllegalTransition"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    excludeDriver: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                booking_id: string;
                driver_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidJsonOrInvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            404: components["responses"]["BookingNotFoundOrNotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    readmitDriver: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                booking_id: string;
                driver_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidJsonOrInvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            404: components["responses"]["BookingNotFoundOrNotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    advanceStatus: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StatusRequest"];
            };
        };
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Booking"];
                };
            };
            400: components["responses"]["InvalidJsonOrInvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            404: components["responses"]["BookingNotFoundOrNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["IllegalTransition"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    cancelBooking: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CancelRequest"] | null;
            };
        };
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Booking"];
                };
            };
            400: components["responses"]["InvalidJsonOrInvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["Blocked"];
            404: components["responses"]["BookingNotFoundOrNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["IllegalTransition"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimitedOrTooManyCancels"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listHistory: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookingHistory"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["Blocked"];
            404: components["responses"]["BookingNotFoundOrNotFound"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getDispatch: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dispatch"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            404: components["responses"]["BookingNotFoundOrNotFound"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getStats: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
            };
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Statistics"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listVehicleTypes: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VehicleTypes"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["Blocked"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listCancellationReasons: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CancellationReasons"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["Blocked"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listAllVehicleTypes: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AllVehicleTypes"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    putVehicleType: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                vehicle_type: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VehicleTypeChange"];
            };
        };
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VehicleTypeRates"];
                };
            };
            400: components["responses"]["InvalidJsonOrInvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listAudit: {
        parameters: {
            query?: {
                actor?: string;
                /** @description What they did */
                act?: "booking.created" | "booking.assigned" | "booking.unassigned" | "booking.handed_over" | "booking.advanced" | "booking.cancelled" | "driver.excluded" | "driver.readmitted" | "vehicle_type.changed" | "principal.blocked" | "principal.unblocked" | "principal.exported" | "principal.erased" | "sessions.ended" | "dead_letters.replayed" | "dead_letters.discarded" | "position.read" | "trail.read" | "map.read";
                /** @description What kind of thing */
                subject_kind?: "booking" | "user" | "driver" | "admin" | "session" | "vehicle_type" | "dead_letters" | "map";
                subject_id?: string;
                from?: string;
                to?: string;
                limit?: number;
                cursor?: string;
            };
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listBlocks: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BlockPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    putBlock: {
        parameters: {
            query: {
                role: components["schemas"]["Role"];
                sub: string;
            };
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["BlockRequest"] | null;
            };
        };
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Block"];
                };
            };
            400: components["responses"]["InvalidJsonOrInvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["OwnBlockOrTooManyBlocks"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    liftBlock: {
        parameters: {
            query: {
                role: components["schemas"]["Role"];
                sub: string;
            };
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidJsonOrInvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    setDuty: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DutyRequest"];
            };
        };
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Driver"];
                };
            };
            400: components["responses"]["InvalidJsonOrInvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimitedOrTooManyPoints"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Driver"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getDriver: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                driver_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DriverReport"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            404: components["responses"]["DriverNotFoundOrNotFound"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listDrivers: {
        parameters: {
            query?: {
                /** @description West, south, east, north, in degrees; where west is greater than east, across 180° */
                bbox?: string;
                status?: components["schemas"]["DriverStatus"];
                limit?: number;
                cursor?: string;
            };
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DriverPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listNearbyDrivers: {
        parameters: {
            query: {
                latitude: number;
                longitude: number;
                vehicle_type: string;
                limit?: number;
            };
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NearbyDrivers"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    postLocations: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PointsRequest"];
            };
        };
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            400: components["responses"]["InvalidJsonOrInvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimitedOrTooManyPoints"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getBookingLocation: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookingLocation"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["Blocked"];
            404: components["responses"]["LocationNotFoundOrNotFound"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getBookingTrail: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trail"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["Blocked"];
            404: components["responses"]["LocationNotFoundOrNotFound"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    openStream: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The socket is open */
            101: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequestOrInvalidUpgrade"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbiddenOrOriginNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            426: components["responses"]["UpgradeRequired"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    receiveOwnTracks: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["OwnTracksMessage"];
            };
        };
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnTracksAnswer"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    receiveOsmAndByGet: {
        parameters: {
            query?: {
                /** @description The device. It decides nothing: the token does */
                id?: string;
                /** @description Also `latitude`, or `location=lat,lon` */
                lat?: string;
                /** @description Also `lng`, `longitude` */
                lon?: string;
                /** @description RFC 3339, or seconds or milliseconds since 1970; also `time` */
                timestamp?: string;
                /** @description In metres; also `acc` */
                accuracy?: string;
                /** @description In knots; `spd` is in metres per second, `spd_kph` in km/h */
                speed?: string;
                /** @description In degrees from north; also `heading`, `dir` */
                bearing?: string;
                /** @description In percent; also `battery` */
                batt?: string;
                valid?: string;
                mock?: string;
            };
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    receiveOsmAndByPost: {
        parameters: {
            query?: {
                /** @description The device. It decides nothing: the token does */
                id?: string;
                /** @description Also `latitude`, or `location=lat,lon` */
                lat?: string;
                /** @description Also `lng`, `longitude` */
                lon?: string;
                /** @description RFC 3339, or seconds or milliseconds since 1970; also `time` */
                timestamp?: string;
                /** @description In metres; also `acc` */
                accuracy?: string;
                /** @description In knots; `spd` is in metres per second, `spd_kph` in km/h */
                speed?: string;
                /** @description In degrees from north; also `heading`, `dir` */
                bearing?: string;
                /** @description In percent; also `battery` */
                batt?: string;
                valid?: string;
                mock?: string;
            };
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["OsmAndParameters"] | ({
                    location: unknown;
                } & {
                    [key: string]: unknown;
                });
                "application/json": components["schemas"]["OsmAndParameters"] | ({
                    location: unknown;
                } & {
                    [key: string]: unknown;
                });
            };
        };
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    receiveOverland: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OverlandBatch"];
            };
        };
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OverlandAnswer"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listSessions: {
        parameters: {
            query?: {
                role?: components["schemas"]["Role"];
                sub?: string;
                session_id?: string;
            };
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sessions"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    endSessions: {
        parameters: {
            query?: {
                role?: components["schemas"]["Role"];
                sub?: string;
                session_id?: string;
            };
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndedSessions"];
                };
            };
            400: components["responses"]["InvalidJsonOrInvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    openEvents: {
        parameters: {
            query?: {
                /** @description Only these types of messages, separated by commas */
                types?: string;
                /** @description In logi.v2: the last message that was read; what came since is replayed */
                last_id?: string;
            };
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The socket is open */
            101: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequestOrInvalidUpgradeOrUnknownMessageType"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrOriginNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            426: components["responses"]["UpgradeRequired"];
            429: components["responses"]["RateLimitedOrTooManyConnections"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignInCode"];
            };
        };
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedIn"];
                };
            };
            400: components["responses"]["InvalidJsonOrInvalidRequest"];
            401: components["responses"]["SignInCodeInvalidOrSignInCodeUsed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getConsoleSession: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsoleSession"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getSurroundings: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Surroundings"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    makeDevelopmentToken: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Whose"];
            };
        };
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DevelopmentToken"];
                };
            };
            400: components["responses"]["InvalidJsonOrInvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listDeadLetters: {
        parameters: {
            query?: {
                state?: "waiting" | "decided";
                queue?: "booking.tracking-events" | "tracking.booking-events" | "tracking.blocks" | "gateway.notifications";
                type?: string;
                reason?: string;
                message_id?: string;
                limit?: number;
                cursor?: number;
            };
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetters"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getDeadLetter: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholeDeadLetter"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            404: components["responses"]["DeadLetterNotFoundOrNotFound"];
            408: components["responses"]["RequestTimeout"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    replayDeadLetter: {
        parameters: {
            query?: {
                dry_run?: "true" | "false";
            };
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DecidedDeadLetter"];
                };
            };
            400: components["responses"]["InvalidJsonOrInvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            404: components["responses"]["DeadLetterNotFoundOrNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["DeadLetterDecidedOrDeadLetterNotReplayable"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    discardDeadLetter: {
        parameters: {
            query?: {
                dry_run?: "true" | "false";
            };
            header?: {
                /** @description What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DecidedDeadLetter"];
                };
            };
            400: components["responses"]["InvalidJsonOrInvalidRequest"];
            401: components["responses"]["TokenRevokedOrUnauthenticated"];
            403: components["responses"]["BlockedOrForbidden"];
            404: components["responses"]["DeadLetterNotFoundOrNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["DeadLetterDecided"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
}

/** Which service answers each call, by which method and path. */
export const OPERATIONS = {
  createEstimate: ["booking","POST","/v1/estimates"],
  createBooking: ["booking","POST","/v1/bookings","keyed"],
  listBookings: ["booking","GET","/v1/bookings"],
  getBooking: ["booking","GET","/v1/bookings/{booking_id}"],
  listOffers: ["booking","GET","/v1/offers"],
  acceptOffer: ["booking","POST","/v1/bookings/{booking_id}/accept"],
  declineOffer: ["booking","POST","/v1/bookings/{booking_id}/decline"],
  assignDriver: ["booking","POST","/v1/bookings/{booking_id}/assign"],
  excludeDriver: ["booking","PUT","/v1/bookings/{booking_id}/excluded-drivers/{driver_id}"],
  readmitDriver: ["booking","DELETE","/v1/bookings/{booking_id}/excluded-drivers/{driver_id}"],
  advanceStatus: ["booking","POST","/v1/bookings/{booking_id}/status"],
  cancelBooking: ["booking","POST","/v1/bookings/{booking_id}/cancel"],
  listHistory: ["booking","GET","/v1/bookings/{booking_id}/events"],
  getDispatch: ["booking","GET","/v1/bookings/{booking_id}/dispatch"],
  getStats: ["booking","GET","/v1/admin/stats"],
  listVehicleTypes: ["booking","GET","/v1/vehicle-types"],
  listCancellationReasons: ["booking","GET","/v1/cancellation-reasons"],
  listAllVehicleTypes: ["booking","GET","/v1/admin/vehicle-types"],
  putVehicleType: ["booking","PUT","/v1/admin/vehicle-types/{vehicle_type}"],
  listAudit: ["booking","GET","/v1/audit"],
  putBlock: ["booking","PUT","/v1/blocks"],
  liftBlock: ["booking","DELETE","/v1/blocks"],
  listBlocks: ["booking","GET","/v1/blocks"],
  setDuty: ["tracking","PUT","/v1/drivers/me/status"],
  getMe: ["tracking","GET","/v1/drivers/me"],
  getDriver: ["tracking","GET","/v1/drivers/{driver_id}"],
  listDrivers: ["tracking","GET","/v1/drivers"],
  listNearbyDrivers: ["tracking","GET","/v1/drivers/nearby"],
  postLocations: ["tracking","POST","/v1/locations"],
  getBookingLocation: ["tracking","GET","/v1/bookings/{booking_id}/location"],
  getBookingTrail: ["tracking","GET","/v1/bookings/{booking_id}/trail"],
  receiveOwnTracks: ["tracking","POST","/v1/owntracks"],
  receiveOsmAndByGet: ["tracking","GET","/v1/osmand"],
  receiveOsmAndByPost: ["tracking","POST","/v1/osmand"],
  receiveOverland: ["tracking","POST","/v1/overland"],
  listSessions: ["gateway","GET","/v1/sessions"],
  endSessions: ["gateway","DELETE","/v1/sessions"],
  signIn: ["operations","POST","/v1/sign-in"],
  getConsoleSession: ["operations","GET","/v1/session"],
  getSurroundings: ["operations","GET","/v1/console"],
  makeDevelopmentToken: ["operations","POST","/v1/development-tokens"],
  getHealth: ["operations","GET","/v1/health"],
  listDeadLetters: ["operations","GET","/v1/dead-letters"],
  getDeadLetter: ["operations","GET","/v1/dead-letters/{id}"],
  replayDeadLetter: ["operations","POST","/v1/dead-letters/{id}/replay"],
  discardDeadLetter: ["operations","POST","/v1/dead-letters/{id}/discard"],
} as const satisfies Partial<Record<keyof operations, readonly string[]>>;
