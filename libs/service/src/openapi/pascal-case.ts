/** `too_many_points` as `TooManyPoints`. */
export function pascalCase(text: string): string {
  return text.replaceAll(/(?:^|_)(\w)/g, (_all, letter: string) => letter.toUpperCase());
}
