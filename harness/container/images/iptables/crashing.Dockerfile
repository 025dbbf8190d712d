# One whose start-up fails.
FROM nftproof-test/base
CMD ["sh", "-c", "echo setting up; sleep 0.5; echo 'cannot find my configuration' >&2; exit 7"]
