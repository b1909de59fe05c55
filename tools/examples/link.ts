export type Person = { token: string; gatewayUrl: string; bookingUrl: string; trackingUrl: string };

/** What a page has to know, in the fragment: browsers send none, so no log has the token. */
export function linkTo(page: string, { token, gatewayUrl, bookingUrl, trackingUrl }: Person): string {
  const gateway = `${gatewayUrl.replace(/^http/, 'ws')}/ws`;
  return `${page}#${new URLSearchParams({ gateway, booking: bookingUrl, tracking: trackingUrl, token })}`;
}
