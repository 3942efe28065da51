import { apiVersion, profileShape } from './profile-shape.ts';

/** `profiles/profile.schema.json`: the fields of a profile for editors, from the same table as the decoder. */
export function renderProfileSchema(): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `sonae profile (${apiVersion})`,
    description: 'What sonae collect takes from a machine, and why. See docs/formats/profile.md.',
    ...profileShape.schema,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
