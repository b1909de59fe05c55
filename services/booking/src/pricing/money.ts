/** What most currencies have; counts for a code that no standard knows, which an operator's table may hold. */
const USUAL_DECIMALS = 2;

const decimals = new Map<string, number>();

/** How many decimals a currency is written with: 2 for EUR, none for JPY, 3 for KWD. */
function decimalsOf(currency: string): number {
  const known = decimals.get(currency);
  if (known !== undefined) return known;
  const found = lookUp(currency);
  decimals.set(currency, found);
  return found;
}

function lookUp(currency: string): number {
  try {
    const { maximumFractionDigits } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
    return maximumFractionDigits ?? USUAL_DECIMALS;
  } catch {
    return USUAL_DECIMALS;
  }
}

/** As people write it. Amounts are kept and reckoned with in minor units of their currency, and shown only by this. */
export function toAmount(minor: number, currency: string): number {
  return minor / 10 ** decimalsOf(currency);
}

/** Undefined for an amount with more decimals than its currency has. */
export function toMinor(amount: number, currency: string): number | undefined {
  const minor = Math.round(amount * 10 ** decimalsOf(currency));
  return toAmount(minor, currency) === amount ? minor : undefined;
}
