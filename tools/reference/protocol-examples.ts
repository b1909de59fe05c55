import {
  CLIENT_EXAMPLES,
  CONTROL_EXAMPLES,
  DEFAULT_EXAMPLES,
  type FrameExample,
  STREAM_EXAMPLES,
  V2_EXAMPLES,
} from '@logi/contracts';

const BEGIN = '<!-- examples: written by npm run docs -->';
const END = '<!-- end of examples -->';

/** docs/protocol.md with an example of each message, as the contracts have them; the rest of it is written by hand. */
export function renderProtocol(text: string): string {
  const [before, rest = ''] = text.split(BEGIN);
  const [, after = ''] = rest.split(END);
  const sections = [
    section('In the default mode', DEFAULT_EXAMPLES),
    section('In `logi.v2`, about the business', V2_EXAMPLES),
    section('In `logi.v2`, about the connection', CONTROL_EXAMPLES),
    section('From the client, in `logi.v2`', CLIENT_EXAMPLES),
    section('On `/v1/stream`: `location_update` from the app, `ack` to it', STREAM_EXAMPLES),
  ];
  return `${before}${BEGIN}\n\n${sections.join('\n\n')}\n\n${END}${after}`;
}

function section(title: string, examples: Record<string, FrameExample<object>[]>): string {
  const blocks = Object.entries(examples).flatMap(([type, list]) =>
    list.map(({ about, frame }) => `\`${type}\`${about ? `, ${about}` : ''}:\n\n${block(frame)}`),
  );
  return `### ${title}\n\n${blocks.join('\n\n')}`;
}

function block(frame: object): string {
  return `\`\`\`json\n${JSON.stringify(frame, null, 2)}\n\`\`\``;
}
