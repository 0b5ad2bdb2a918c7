// `npm run build`: everything that is missing or out of date.
// @ts-check
import { bootstrap } from './bootstrap.mjs';

bootstrap();
