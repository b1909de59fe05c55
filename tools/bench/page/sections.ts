const SECTION = /(<!-- bench: ([^>]+) -->\n)[\s\S]*?(<!-- end -->)/g;

/** Puts each section between its marks, `<!-- bench: name -->` and `<!-- end -->`; one that is not given stays as it is. */
export function fillPage(page: string, sections: ReadonlyMap<string, string>): string {
  const places = [...page.matchAll(SECTION)].map(([, , name]) => name);
  const homeless = [...sections.keys()].filter((name) => !places.includes(name));
  if (homeless.length > 0) throw new Error(`the page has no place for ${homeless.join(', ')}`);
  return page.replaceAll(SECTION, (all, begin: string, name: string, end: string) => {
    const made = sections.get(name);
    return made === undefined ? all : `${begin}\n${made}\n\n${end}`;
  });
}
