export const WRONGS = ['lost', 'phantom', 'doubled', 'reordered', 'misdelivered', 'illegal'] as const;
/**
 *   lost          was promised (acknowledged, committed) and is not there
 *   phantom       is there, and nobody did it
 *   doubled       had its effect, or was delivered, more than once
 *   reordered     came after something that it was before
 *   misdelivered  came to somebody whom it is not for
 *   illegal       a state that must not be: two drivers, two bookings, a change that the table does not know
 */
export type Wrong = (typeof WRONGS)[number];
export type Finding = { wrong: Wrong; what: string };
export type Report = (wrong: Wrong, what: string) => void;
