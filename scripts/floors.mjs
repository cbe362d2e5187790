// `npm run floors`: writes what is made from scripts/code/floors.mjs: the linter's rules about imports and the picture of the floors.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { madeOfFloors } from './code/madeOfFloors.mjs'
import { root } from './install.mjs'

for (const [file, text] of Object.entries(madeOfFloors(root))) writeFileSync(path.join(root, file), text)
