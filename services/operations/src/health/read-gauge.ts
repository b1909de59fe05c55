/** The largest value of a gauge in Prometheus' text, whatever its labels; null where it has none. */
export function readGauge(text: string, name: string): number | null {
  const values = text.split('\n').flatMap((line) => {
    if (!line.startsWith(name)) return [];
    const rest = line.slice(name.length);
    if (!/^[ {]/.test(rest)) return []; // a longer name
    const value = Number(rest.slice(rest.lastIndexOf(' ') + 1));
    return Number.isFinite(value) ? [value] : [];
  });
  return values.length === 0 ? null : Math.max(...values);
}
