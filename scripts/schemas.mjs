// `npm run schemas`: writes the JSON schemas of the files in `.llm-providers`, for editors, from what reads these files.
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileSchemas } from '../server/profiles/fileSchemas.ts'
import { root } from './install.mjs'

const folder = path.join(root, 'schemas')
mkdirSync(folder, { recursive: true })
for (const [file, text] of Object.entries(fileSchemas())) writeFileSync(path.join(folder, file), text)
