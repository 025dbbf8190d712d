# One whose start-up fails.
FROM nftproof-test/base
CMD ["sh", "-c", "echo setting up; sleep ${UPTIME:-0.3}; echo 'cannot find my configuration' >&2; exit 7"]
