import { dirname } from 'node:path';
import { type Import, importsOf, sourceFiles } from './imports.ts';
import { MAX_FILES, NPM, PLAN, type Room } from './plan.ts';

/** What in the tree is not as the plan has it, a line each; none when all is well. */
export async function checkRooms(root: string): Promise<string[]> {
  const files = await sourceFiles(root);
  const imports = (await Promise.all(files.map((file) => importsOf(root, file)))).flat();
  return [
    ...files.filter((file) => !roomOf(file)).map((file) => `${file} stands in no room`),
    ...imports.flatMap(refusal),
    ...circles(imports),
    ...crowdedFolders(files),
  ];
}

function roomOf(file: string): Room | undefined {
  return PLAN.filter(({ room }) => isIn(file, room)).sort((a, b) => b.room.length - a.room.length)[0];
}

function isIn(file: string, room: string): boolean {
  return file === room || file.startsWith(`${room}/`);
}

function refusal({ from, to, isPackage }: Import): string[] {
  const room = roomOf(from);
  if (!room || (!isPackage && room === roomOf(to))) return [];
  const may = isTest(from) ? [...room.may, ...room.inTests] : room.may;
  const isAllowed = isPackage
    ? may.includes(NPM) || may.includes(to)
    : may.some((other) => isIn(to, other) && (other === roomOf(to)?.room || !isIn(room.room, other)));
  return isAllowed ? [] : [`${from} must not import ${to}: ${room.room} does not know ${roomOf(to)?.room ?? to}`];
}

function isTest(file: string): boolean {
  return /\.test\.tsx?$/.test(file);
}

/** Each circle once, from its first file on; one of types only is a circle as well. */
function circles(imports: readonly Import[]): string[] {
  const known = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (file: string, way: readonly string[]) => {
    const at = way.indexOf(file);
    if (at >= 0) found.push(`a circle: ${[...way.slice(at), file].join(' → ')}`);
    if (at >= 0 || done.has(file)) return;
    for (const { to } of known.get(file) ?? []) walk(to, [...way, file]);
    done.add(file);
  };
  for (const file of known.keys()) walk(file, []);
  return found;
}

function crowdedFolders(files: readonly string[]): string[] {
  const folders = Map.groupBy(
    files.filter((file) => !isTest(file) && !roomOf(file)?.isList),
    (file) => dirname(file),
  );
  return [...folders]
    .filter(([, inside]) => inside.length > MAX_FILES)
    .map(([folder, inside]) => `${folder} has ${inside.length} files, and ${MAX_FILES} are one subject`);
}
