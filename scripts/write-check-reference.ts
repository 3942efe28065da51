import { writeFileSync } from 'node:fs';
import { catalogue } from '../src/kdump/catalogue.ts';
import { renderCheckReference } from '../src/kdump/render-check-page.ts';

writeFileSync(new URL('../docs/checks.md', import.meta.url), renderCheckReference(catalogue));
