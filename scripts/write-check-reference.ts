import { writeFileSync } from 'node:fs';
import { catalogue } from '../src/kdump/checks/catalogue.ts';
import { renderCheckReference } from '../src/kdump/report/render-check-page.ts';

writeFileSync(new URL('../docs/checks.md', import.meta.url), renderCheckReference(catalogue));
