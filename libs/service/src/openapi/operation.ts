import type { ErrorCode, Role } from '@logi/contracts';
import type { FastifyContextConfig, RouteOptions } from 'fastify';
import type { z } from 'zod';
import { pascalCase } from './pascal-case.ts';

declare module 'fastify' {
  interface FastifySchema {
    /** Not in the document: for machines. */
    hide?: boolean;
    operationId?: string;
    /** What it is about; the document groups calls by it. */
    tags?: readonly string[];
    summary?: string;
    /** Refusals that are this call's own. What every call may meet, the document knows. */
    errors?: readonly ErrorCode[];
    /** What is to be sent, where the schema that parses it takes anything. */
    asked?: { querystring?: z.ZodObject; body?: z.ZodType; contentTypes?: readonly string[] };
    /** Asked as an upgrade, it opens a WebSocket for these. */
    opensSocketFor?: readonly Role[];
  }
}

/** The chapters of the documents. */
export const API_TAGS = {
  Bookings: 'A booking, from its request to its end',
  Offers: 'What a driver is asked, and answers',
  Prices: 'Estimates, and what there is to choose from',
  Operators: 'For the operator’s people: how a search went, figures, rates, blocks, sessions, and who did what',
  Console: 'For the console: signing in, how everything is, and dead letters',
  Drivers: 'Drivers, and where they are',
  Points: 'Positions from apps of drivers',
  Trips: 'Where the driver of a booking is, and which way was driven',
  Sockets: 'WebSockets, and why one would be refused',
} as const satisfies Record<string, string>;
export type ApiTag = keyof typeof API_TAGS;

/** One call of a service, as its route says it. */
export type Operation = {
  method: string;
  path: string;
  roles: readonly Role[];
  config: FastifyContextConfig;
  schema: DescribedSchema;
};

export type DescribedSchema = {
  hide?: boolean;
  operationId?: string | undefined;
  tags?: readonly ApiTag[];
  summary?: string;
  errors?: readonly ErrorCode[];
  asked?: { querystring?: z.ZodObject; body?: z.ZodType; contentTypes?: readonly string[] };
  opensSocketFor?: readonly Role[];
  params?: z.ZodObject;
  querystring?: z.ZodObject;
  headers?: z.ZodObject;
  body?: z.ZodType;
  response?: Record<string, z.ZodType>;
};

/** The calls of a route that are for people; none of one that is hidden, or answers HEAD beside its GET. */
export function operationsOf({ method, url, config = {}, schema }: RouteOptions): Operation[] {
  if (!schema || schema.hide) return [];
  const described = schema as DescribedSchema; // every schema of ours is one of zod: the app's type provider takes no other
  const path = url.replaceAll(/:(\w+)/g, '{$1}');
  const methods = [method].flat().filter((each) => each !== 'HEAD');
  return methods.map((each) => {
    const operationId =
      methods.length > 1 ? `${described.operationId}By${pascalCase(each.toLowerCase())}` : described.operationId;
    return {
      method: each,
      path,
      roles: described.opensSocketFor ?? config.roles ?? [],
      config,
      schema: { ...described, operationId },
    };
  });
}
