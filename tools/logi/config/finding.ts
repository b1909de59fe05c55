/** What was found of one thing. `odd` works, and is seldom what was meant; `bad` does not work. */
export type Finding = { level: 'good' | 'odd' | 'bad'; about: string; text: string };

export const good = (about: string, text: string): Finding => ({ level: 'good', about, text });
export const odd = (about: string, text: string): Finding => ({ level: 'odd', about, text });
export const bad = (about: string, text: string): Finding => ({ level: 'bad', about, text });
