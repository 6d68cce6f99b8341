#pragma once

using namespace std;  // FIRES
using eyrie::Status;
