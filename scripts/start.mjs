// `npm start`: from a fresh clone to categorized and scored items, and to whether each task is ready.
// Runs on the machine's own Node (20 or newer) until the packages are there, so it imports nothing but Node and its neighbours.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { ensureInstalled, root, runWithProjectNode } from './install.mjs'

const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const inputs = ['samples/issues.jsonl', 'samples/feedback.csv', 'samples/notes']
const options = ['--provider', 'builtin', '--profile', 'samples/profile.yaml', '--output', 'samples/all.results.jsonl']

const paint = (code) => (text) => (hasColours() ? `\u001b[${code}m${text}\u001b[0m` : text)
const bold = paint(1)
const command = paint(36)

ensureInstalled()
exitUnlessDone(runWithProjectNode(['esbuild.mjs']))

exitUnlessDone(cli('run', ...inputs, ...options))
// That a task is not ready is an answer here, not a failure: the reason and what helps are printed.
cli('readiness')
exitUnlessDone(cli('provider', 'list'))

say(bold('What now'))
say('  Connect a real model, and let it do a task:')
say(`    ${command('node dist/cli.js provider scan')}`)
say(`    ${command('node dist/cli.js provider add ollama --kind ollama')}`)
say(`    ${command('node dist/cli.js provider models ollama')}`)
say(`    ${command('node dist/cli.js route set categorization --provider ollama --model MODEL')}`)
say('  Open the editor with the extension, or make a file to install anywhere:')
say(`    ${command('code --extensionDevelopmentPath="$PWD" samples')}`)
say(`    ${command(`npm run package && code --install-extension llm-providers-${version}.vsix`)}`)

/** Shows a command line as one would type it, options on lines of their own, and carries it out. */
function cli(...words) {
  say(`${bold('$')} ${command(`node dist/cli.js ${words.join(' ').replaceAll(' --', ' \\\n    --')}`)}`)
  const result = runWithProjectNode([path.join('dist', 'cli.js'), ...words])
  say('')
  return result
}

function exitUnlessDone({ status }) {
  if (status !== 0) process.exit(status ?? 1)
}

function say(line) {
  process.stdout.write(`${line}\n`)
}

function hasColours() {
  return process.stdout.isTTY && !process.env.NO_COLOR
}
