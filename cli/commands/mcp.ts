import type { Command } from 'commander'
import { UsageError } from '../invocation/usageError.ts'
import type { McpOptions } from '../mcp/serveMcp.ts'
import { amountOfUsd, type Execute, examples, wholeNumber } from './execute.ts'

export function addMcpCommand(program: Command, execute: Execute): void {
  program
    .command('mcp')
    .summary('serve tools to programs that speak MCP, on standard input and output')
    .description(
      'Serves the Model Context Protocol: tools (categorize, score, run, results, evaluate, readiness) and resources (profiles, results) for the folder it is started in. It only reads unless --allow-runs is given, and reads no file outside of that folder.',
    )
    .option('--allow-runs', 'let tools call models, which may cost, and write results beside their source')
    .option('--max-cost <usd>', 'what all runs of this process together may cost', amountOfUsd)
    .option('--limit <n>', 'items that one run may judge', wholeNumber(1, 1_000_000_000))
    .addHelpText('after', examples('llm-providers mcp', 'llm-providers mcp --allow-runs --max-cost 2 --limit 500'))
    .action((options: McpOptions & { json?: boolean }, command: Command) =>
      execute(command, async (invocation, host) => {
        if (invocation.json) throw new UsageError('mcp speaks its own protocol on standard output: leave out --json')
        // What other commands do not need is not even evaluated for them.
        const { serveMcp } = await import('../mcp/serveMcp.ts')
        return await serveMcp(invocation, host, options)
      }),
    )
}
