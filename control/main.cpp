#include "control/cli.h"

int main(int argc, char** argv) {
    return lull::run_cli(argc, argv);
}
