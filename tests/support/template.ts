/** Migrated once for the whole run; every test file's database is a copy of it. */
export const TEMPLATE_DATABASE = 'logi_template';
