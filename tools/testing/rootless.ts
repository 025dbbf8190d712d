/**
 * What the second run of the tests in namespaces, without root, leaves out. A
 * user namespace changes how a sandbox is made, how much its sockets may hold,
 * how much nft may load at once and what may be traced: whatever does one of
 * these first is run again. It cannot change what is concluded from a report.
 */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  'harness/pipeline/faults.netns.test.ts':
    'how tables are judged; cli/cli.netns finds wrong rulesets, traces included, and pipeline/scenarios.netns has the same rulesets',
  'harness/pipeline/request.netns.test.ts':
    'how two tables are compared; cli/diff.netns loads two rulesets side by side too, and traces both',
  'harness/cli/request.netns.test.ts':
    'how a review is measured and printed; pipeline/scenarios.netns sweeps the rulesets of grants, and cli/diff.netns compares two labs',
  'harness/pipeline/zones.netns.test.ts':
    'how a firewall is held against a policy for zones; cli/verify.netns runs the same, and lab/own-paths.netns makes the same sweeps',
  'harness/pipeline/forms.netns.test.ts':
    'that both forms of a ruleset do the same; pipeline/scenarios.netns loads rulesets of either form',
  'harness/cli/compile.netns.test.ts':
    'what compile prints, and what it refuses; firewall/nft.netns loads rulesets of every size',
  'harness/cli/hostile-text.netns.test.ts':
    'how output is made safe, whatever was measured; cli/cli.netns and cli/diff.netns print the same reports',
  'harness/cli/hostile.netns.test.ts':
    'how names of files pass through every command; cli/cli.netns and cli/diff.netns start the same commands',
  'harness/cli/hostile-reports.netns.test.ts':
    'how hostile text is written in reports; cli/cli.netns writes the same reports',
  'harness/cli/hostile-revision.netns.test.ts':
    'how git is asked for files, before anything is loaded; cli/diff.netns starts the same command',
  'harness/cli/hostile-iptables.netns.test.ts':
    'which options are refused before anything is loaded; firewall/install.netns loads such files',
  'harness/pipeline/untested.netns.test.ts':
    'which loaded rules no probe varies, which is read from their listing; cli/verify.netns lists and proves loaded rules too',
  'harness/cli/matrix.netns.test.ts':
    'how the results of several runs are compared; cli/cli.netns makes such runs',
  'harness/pipeline/diff.netns.test.ts':
    'how two sweeps are compared; lab/own-paths.netns and firewall/install.netns make the same sweeps and load the same firewalls, and cli/diff.netns compares them',
  'harness/pipeline/diff-tried.netns.test.ts':
    'which changed rules count as tried; cli/diff.netns tries changed rules too, with the same traces and counters',
  'harness/pipeline/diff-tried-kinds.netns.test.ts':
    'which changed rules of other kinds count as tried; cli/diff.netns tries changed rules too, with the same traces and counters',
  'tools/docs.netns.test.ts':
    'what the samples of the documents print; cli/cli.netns, cli/diff.netns and cli/verify.netns run the same commands',
  'harness/pipeline/grants.netns.test.ts':
    'which faults in grants are found; pipeline/scenarios.netns loads the rulesets of grants, and revokes one',
  'harness/pipeline/agreement.netns.test.ts':
    'what a policy decides of random rulesets; pipeline/scenarios.netns sweeps compiled rulesets, and wire/established.netns what a lab loses',
  'harness/pipeline/rule-state.netns.test.ts':
    'how stateful rules are exercised; cli/verify.netns and cli/diff.netns load and sweep such firewalls too',
  'harness/pipeline/egress-variants.netns.test.ts':
    'which packets are chosen for a ruleset; lab/packet-fields.netns sends such packets, and pipeline/scenarios.netns sweeps',
  'harness/pipeline/diff-flows.netns.test.ts':
    'which flows are chosen for changed rules; wire/established.netns opens and checks flows in the same way',
  'harness/pipeline/egress-firewall.netns.test.ts':
    'what an egress policy promises of the firewall itself; pipeline/scenarios.netns sweeps such rulesets, and lab/own-paths.netns sends and receives at the firewall',
  'harness/pipeline/egress-hosts.netns.test.ts':
    'what an egress policy promises of single hosts; pipeline/scenarios.netns sweeps such rulesets',
  'harness/pipeline/zone-grants.netns.test.ts':
    'what grants in policies for zones open; cli/verify.netns runs such policies, and pipeline/scenarios.netns loads grants',
  'harness/pipeline/diff-unsteady.netns.test.ts':
    'how unsteady outcomes are compared; cli/diff.netns compares two firewalls too, with the same traces',
  'harness/pipeline/firewall-check.netns.test.ts':
    'how mistakes in firewalls are reported; firewall/nft.netns and cli/not-measured.netns report them too',
  'harness/cli/hanging.netns.test.ts':
    'which time limit ends which program; cli/kill.netns ends the same programs',
  'harness/lab/link-name.netns.test.ts':
    'which names the kernel and nft accept; lab/shared-link.netns makes links, and cli/verify.netns names them',
  'harness/cli/output-streams.netns.test.ts':
    'how streams that are closed or full are met; cli/full-disk.netns and cli/cli.netns write the same results',
  'harness/cli/data-admitted.netns.test.ts':
    'which inputs run no code; system/data-only.netns refuses the same, and cli/cli.netns runs the same commands',
  'harness/pipeline/controls.netns.test.ts':
    'which controls fail when a lab is broken; wire/established.netns and cli/shortages.netns lose probes and memory too',
  'harness/pipeline/same-controls.netns.test.ts':
    'that every command has the same controls; cli/cli.netns, cli/diff.netns and cli/verify.netns pass them',
  'harness/pipeline/not-measured.netns.test.ts':
    'how one scenario that fails leaves the others alone; cli/not-measured.netns shows the same',
  'harness/cli/saved-results.netns.test.ts':
    'what is written into files of results; cli/cli.netns and cli/diff.netns write such files',
  'harness/supervisor/supervise.netns.test.ts':
    'how a signal reaches a command, before and after its sandbox is there; cli/kill.netns ends commands at every stage',
  'harness/pipeline/shards.netns.test.ts':
    'how results are divided and joined, which is done outside of any sandbox; pipeline/scenarios.netns runs several labs at once, and sandbox/pool.netns renews sandboxes',
  'harness/pipeline/second-opinion.netns.test.ts':
    'what ordinary clients see; wire/established.netns and pipeline/scenarios.netns send the same probes through the same rules',
  'harness/pipeline/dormant.netns.test.ts':
    'which rules wait for what no probe brings; cli/diff.netns compares changed rules too, with the same traces',
  'harness/pipeline/diff-not-measured.netns.test.ts':
    'how a comparison that cannot be measured is reported; cli/not-measured.netns and cli/shortages.netns show the same',
  'harness/firewall/kinds.netns.test.ts':
    'how each kind of firewall is read and loaded; firewall/install.netns loads the same kinds',
  'harness/firewall/hidden-lines.netns.test.ts':
    'which lines of a file are rules, which is read from its text; firewall/nft.netns loads text of every kind',
  'harness/firewall/strange-saved.netns.test.ts':
    'which lines of saved rules are refused; firewall/install.netns loads such files',
  'harness/firewall/minimal-image.netns.test.ts':
    'which names nft knows without its tables; pipeline/scenarios.netns loads compiled rulesets',
  'harness/input/strange.netns.test.ts':
    'how strange bytes in files are met, before anything is loaded; firewall/nft.netns loads text of every kind',
  'harness/cli/tested.netns.test.ts':
    'which files a result names; cli/cli.netns and cli/verify.netns write results',
  'src/ruleset/compile.netns.test.ts':
    'that nft takes what is compiled; pipeline/scenarios.netns loads compiled rulesets',
  'src/ruleset/difference.netns.test.ts':
    'that a difference leads from one ruleset to the next; firewall/portions.netns loads in several transactions too',
  'src/quote/nft.netns.test.ts':
    'which names nft takes as they are quoted; firewall/nft.netns loads quoted names',
  'src/quote/batch.netns.test.ts':
    'which words ip takes as they are quoted; lab/shared-link.netns gives ip such words',
}

/** Left out without root: it enters namespaces or root file systems, which only root may. */
export const ROOT_ONLY: Readonly<Record<string, string>> = {
  'tools/vagrant/bare-root.test.ts': 'a bare root file system is entered, which root alone may',
  'harness/contract/asking.netns.test.ts':
    'a namespace outside stands for a container, which root alone enters',
  'harness/pipeline/ended.netns.test.ts':
    'a namespace outside stands for a firewall that ends, which root alone enters',
  'harness/provider/hostile-names.netns.test.ts':
    'names in namespaces that exist, which root alone enters',
  'harness/provider/existing-flows.netns.test.ts':
    'flows in namespaces that exist, which root alone enters',
  'harness/provider/netns.netns.test.ts':
    'namespaces that exist are entered by root; that others are told so, it tests itself',
  'harness/provider/providers.netns.test.ts':
    'namespaces that exist, and cards of the machine; new namespaces are in pipeline/scenarios.netns',
  'harness/provider/nic.netns.test.ts':
    "raw sockets on interfaces of the machine are root's; that others are told so, it tests itself",
}

/** The project of vitest.config.ts that only root runs. */
export const CONTAINERS: Readonly<Record<string, string>> = {
  '**/*.container.test.ts': 'the tests of containers start an engine of their own as root',
}
