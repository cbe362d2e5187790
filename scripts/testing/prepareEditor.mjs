// Sees that the editor and its browser are there, or says what to install. Apart from the tests in it, because it takes minutes once.
import { ensureEditor, findChromium } from '../editor.mjs'

try {
  findChromium()
  await ensureEditor()
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
