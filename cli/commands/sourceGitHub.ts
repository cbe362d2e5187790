import path from 'node:path'
import { type Command, Option } from 'commander'
import { type FetchedIssues, GitHubRepo, GitHubToken, githubApi } from '../../protocol/github.ts'
import { githubHolder } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { keyEnding } from '../../shared/keys/keyShape.ts'
import { commandToType } from '../invocation/call.ts'
import type { Client } from '../invocation/client.ts'
import { type Invocation, print, printNextStep } from '../invocation/invocation.ts'
import { refuse } from '../invocation/questions.ts'
import { UsageError } from '../invocation/usageError.ts'
import { KeyStore } from '../keys/keyStore.ts'
import { type KeySource, readKey } from '../keys/readKey.ts'
import { count } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import { collect, type Execute, examples, matching } from './execute.ts'

interface FetchOptions {
  state: 'open' | 'closed' | 'all'
  since?: string
  label?: string[]
  pulls?: boolean
  output?: string
  api?: string
  tokenEnv?: string
  token?: boolean
  allowPlainHttp?: boolean
  overwrite?: boolean
}

const repository = matching(GitHubRepo, 'a repository', 'OWNER/REPO')

/** Issues of GitHub as a file that runs judge like any other. */
export function addGitHubSource(source: Command, execute: Execute): void {
  source
    .command('github')
    .summary('fetch the issues of a GitHub repository into a file')
    .description(
      'Writes the issues into a JSONL file, one a line, and remembers how it is read: title and body are the text, the number is the id, so that results follow an issue. Fetching again updates the file; pages that GitHub has not changed count for no limit. The token comes from an environment variable (--token-env) or from the keyring ("source set-token"), and is sent to that API only.',
    )
    .argument('<owner/repo>', 'the repository', repository)
    .addOption(new Option('--state <state>', 'which issues').choices(['open', 'closed', 'all']).default('open'))
    .option('--since <date>', 'only what was updated since, such as 2026-11-01; the rest of the file stays', instantOf)
    .option('--label <label>', 'only issues with this label (repeatable: with all of them)', collect)
    .option('--pulls', 'also pull requests')
    .option('--output <file>', 'the file; without it OWNER-REPO.issues.jsonl in this folder')
    .option('--api <url>', `base URL of the REST API, such as https://github.example.com/api/v3 (${githubApi})`)
    .option('--token-env <name>', 'name of the environment variable that holds the token')
    .option('--token', 'use the token of the keyring')
    .option('--no-token', 'use none, although one was used for this file before')
    .option('--allow-plain-http', 'send the token unencrypted to another machine')
    .option('--overwrite', 'also where the file is another one, or was edited')
    .addHelpText(
      'after',
      examples(
        'llm-providers source github octo/tracker --token-env GITHUB_TOKEN',
        'llm-providers source github octo/tracker --state all --since 2026-11-01 --label bug',
      ),
    )
    .action((repo: string, options: FetchOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const fetched = await fetchIssues(invocation, client, repo, options)
        const code = await print(invocation, fetched, (value) => fetchedText(invocation, value))
        if (fetched.ok && !invocation.json) {
          const { workingFolder } = invocation.terminal
          const file = path.relative(workingFolder, fetched.value.path) || fetched.value.path
          await printNextStep(
            invocation,
            commandToType(invocation.call, 'run', file, '--profile', 'issues', '--estimate'),
          )
        }
        return code
      }),
    )
  addSetToken(source, execute)
}

async function fetchIssues(
  { terminal }: Invocation,
  client: Client,
  repo: string,
  { state, since, label = [], pulls = false, output, api, allowPlainHttp = false, overwrite, ...rest }: FetchOptions,
): Promise<Outcome<FetchedIssues>> {
  const file = output ?? `${repo.replace('/', '-')}.issues.jsonl`
  const token = tokenOf(rest)
  return await client.request('github/fetch', {
    ...{ repo, state, labels: label, pulls, allowPlainHttp },
    path: path.resolve(terminal.workingFolder, file),
    workspaceFolder: terminal.workingFolder,
    ...(since === undefined ? {} : { since }),
    ...(api === undefined ? {} : { api }),
    ...(token === undefined ? {} : { token }),
    ...(overwrite === true ? { overwrite } : {}),
  })
}

/** Undefined: as before with this file. */
function tokenOf({ tokenEnv, token }: Pick<FetchOptions, 'tokenEnv' | 'token'>): GitHubToken | undefined {
  if (tokenEnv !== undefined) {
    const parsed = GitHubToken.safeParse({ variable: tokenEnv })
    if (parsed.success) return parsed.data
    throw new UsageError('--token-env takes the name of an environment variable, and never the token itself')
  }
  return token === undefined ? undefined : token ? 'store' : 'none'
}

function instantOf(word: string): string {
  const date = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z)?$/.test(word) ? new Date(word) : null
  if (date && !Number.isNaN(date.getTime())) return date.toISOString()
  throw new UsageError('--since takes a day, such as 2026-11-01, or an instant in UTC, such as 2026-11-01T08:00:00Z')
}

function fetchedText({ terminal }: Invocation, fetched: FetchedIssues): string {
  const { issues, added, changed, gone, pullsLeft, requests, unchangedPages } = fetched
  const parts = [
    `${count(added, 'issue')} new`,
    `${changed} changed`,
    ...(gone > 0 ? [`${gone} no longer listed`] : []),
    ...(pullsLeft > 0 ? [`${count(pullsLeft, 'pull request')} left out`] : []),
  ]
  const asked = `${count(requests, 'request')}${unchangedPages > 0 ? `, ${count(unchangedPages, 'page')} unchanged` : ''}`
  const file = path.relative(terminal.workingFolder, fetched.path) || fetched.path
  return oneLine(`${file}: ${count(issues, 'issue')} (${parts.join(', ')}; ${asked})`)
}

function addSetToken(source: Command, execute: Execute): void {
  source
    .command('set-token')
    .summary('keep a token for GitHub in the keyring')
    .description('Asks for a token without showing it, or takes it from a pipe, and keeps it for one API only.')
    .option('--api <url>', 'base URL of the REST API', githubApi)
    .option('--from-file <file>', 'take it from a file of variables, such as .env')
    .option('--variable <name>', 'which variable of the file')
    .addHelpText('after', examples('llm-providers source set-token', 'gh auth token | llm-providers source set-token'))
    .action((options: KeySource & { api: string }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        if (!URL.canParse(options.api)) throw new UsageError('--api takes an address')
        const { origin } = new URL(options.api)
        const store = new KeyStore(invocation.terminal)
        const reached = await store.reach(githubHolder)
        if (!reached.ok) return print(invocation, reached, () => '')
        const pasted = await readKey(invocation, options, `Token for ${origin} (it is not shown): `, 'GITHUB_TOKEN')
        if (pasted === null) return refuse(invocation)
        const saved = await store.save(githubHolder, origin, pasted.key)
        if (!saved.ok) return print(invocation, saved, () => '')
        await client.notify('secret/changed', { provider: githubHolder })
        const ending = keyEnding(pasted.key)
        return print(
          invocation,
          succeed({ origin, ending }),
          () => `The token ${ending ?? ''} is kept in the keyring, for ${origin} only.`,
        )
      }),
    )
}
