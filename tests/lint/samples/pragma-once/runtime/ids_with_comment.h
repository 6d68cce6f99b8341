// A comment may stand above.
#pragma once
