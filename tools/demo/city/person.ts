import type { Role } from '@logi/contracts';
import { type Person as AnyPerson, type Signing, withToken } from '../../testing/people/person.ts';

/** Somebody of the demo; `name` is for people to read. */
export type Person = AnyPerson & { name: string };

/** Everybody of the demo has an id that begins so, by which a later run knows what an earlier one left behind. */
export const ID_PREFIX = 'demo-';

const NAMES: Record<Role, readonly string[]> = {
  user: (
    'Ada Ben Carla Deniz Elif Finn Greta Hugo Ines Jonas Kira Leo Mila Noah Olga Paul Quinn Rosa Sami Tilda ' +
    'Ulla Vera Wim Xenia Yara Zoe'
  ).split(' '),
  driver: (
    'Abdul Bora Cem Dario Emil Fatma Goran Hakan Ivo Jana Kofi Lars Maja Nadim Orhan Pia Ravi Selin Tarek Umut ' +
    'Vito Wanja Xaver Yusuf Zlata Aylin Bruno Chiara Dragan Esra Frida Gino Hanna Igor Jule Karim'
  ).split(' '),
  admin: ['Olivia'],
};

/** The same people in every run. `trait` is said with the name. */
export function createPerson(role: Role, index: number, options: Signing & { trait?: string }): Person {
  const names = NAMES[role];
  const round = Math.floor(index / names.length);
  const name = `${names[index % names.length]}${round === 0 ? '' : round + 1}`;
  const id = `${ID_PREFIX}${name.toLowerCase()}`;
  const { trait, ...signing } = options;
  return { ...withToken({ role, id }, signing), name: trait ? `${name}, ${trait}` : name };
}
